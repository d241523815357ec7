#include "devices/cpu/product/window_rows.h"

#include <algorithm>
#include <limits>

namespace tenon::internal {
namespace {

using Channels = std::array<float, kMaxPaddedChannels>;

alignas(64) constexpr Channels kZeros = {};

constexpr Channels least_values() {
  Channels values{};
  values.fill(-std::numeric_limits<float>::infinity());
  return values;
}
alignas(64) constexpr Channels kLeast = least_values();

}  // namespace

const float* zeros() { return kZeros.data(); }

struct WindowRows::Position {
  int64_t image = 0;
  std::array<int64_t, kMaxSpatialRank> index = {};
};

// The window of a position.
struct WindowRows::Place {
  int64_t image = 0;
  // Position in the input of tap 0 along each axis, and its offset in elements.
  std::array<int64_t, kMaxSpatialRank> origin = {};
  int64_t offset = 0;
  // Along each axis: the taps inside of the input.
  std::array<IndexRange, kMaxSpatialRank> inside = {};
  bool whole = true;
};

WindowRows::WindowRows(const std::array<WindowAxis, kMaxSpatialRank>& axes, int64_t batch,
                       int64_t channels, WindowPadding padding, bool lines_apart)
    : axes_(axes), batch_(batch), channels_(channels), padding_(padding), dense_(!lines_apart) {
  image_elements_ = channels;
  for (const WindowAxis& axis : axes) {
    outputs_ *= axis.output;
    image_elements_ *= axis.input;
    dense_ = dense_ && axis.kernel == 1 && axis.stride == 1 && axis.pad_begin == 0 &&
             axis.output == axis.input;
  }
  for (int64_t z = 0; z < axes[0].kernel; ++z) {
    for (int64_t y = 0; y < axes[1].kernel; ++y) {
      for (int64_t x = 0; x < axes[2].kernel; ++x) {
        const int64_t line = z * axes[0].dilation * axes[1].input + y * axes[1].dilation;
        tap_offsets_.push_back((line * axes[2].input + x * axes[2].dilation) * channels);
      }
    }
  }
}

WindowRows::Position WindowRows::position(int64_t number) const {
  Position position;
  for (size_t axis = kMaxSpatialRank; axis-- > 0;) {
    if (axes_[axis].output == 1) continue;
    position.index[axis] = number % axes_[axis].output;
    number /= axes_[axis].output;
  }
  position.image = number;
  return position;
}

void WindowRows::advance(Position& position) const {
  for (size_t axis = kMaxSpatialRank; axis-- > 0;) {
    if (++position.index[axis] < axes_[axis].output) return;
    position.index[axis] = 0;
  }
  ++position.image;
}

WindowRows::Place WindowRows::place(const Position& position) const {
  Place place;
  place.image = position.image;
  for (size_t axis = 0; axis < kMaxSpatialRank; ++axis) {
    const WindowAxis& window = axes_[axis];
    const int64_t origin = window.origin(position.index[axis]);
    place.origin[axis] = origin;
    place.offset = place.offset * window.input + origin;
    if (origin >= 0 && origin + (window.kernel - 1) * window.dilation < window.input) {
      place.inside[axis] = {0, window.kernel};
    } else {
      place.inside[axis] = taps_between(window, position.index[axis], 0, window.input);
      place.whole = false;
    }
  }
  place.offset = place.offset * channels_ + place.image * image_elements_;
  return place;
}

// Whether so many positions from `first` on read inside of one line.
bool WindowRows::is_even(const Position& first, const Place& place, int64_t count) const {
  const WindowAxis& line = axes_.back();
  const int64_t last = first.index.back() + count - 1;
  return place.whole && last < line.output &&
         line.origin(last) + (line.kernel - 1) * line.dilation < line.input;
}

// Writes every `count`th address, for a window that reaches out of the input.
void WindowRows::padded(const float* input, const Place& place, int64_t count,
                        const float** out) const {
  const bool empty =
      std::ranges::any_of(place.inside, [](const IndexRange& range) { return range.size() <= 0; });
  const bool repeat = padding_ == WindowPadding::kRepeat;
  const auto nearest = [&](size_t axis, int64_t tap) {
    return std::clamp(tap, place.inside[axis].begin, place.inside[axis].end - 1);
  };
  for (int64_t z = 0; z < axes_[0].kernel; ++z) {
    for (int64_t y = 0; y < axes_[1].kernel; ++y) {
      for (int64_t x = 0; x < axes_[2].kernel; ++x, out += count) {
        if (empty) {
          *out = repeat ? kLeast.data() : kZeros.data();
          continue;
        }
        const std::array<int64_t, kMaxSpatialRank> tap = {nearest(0, z), nearest(1, y),
                                                          nearest(2, x)};
        const bool inside = tap[0] == z && tap[1] == y && tap[2] == x;
        const int64_t at = (tap[0] * axes_[1].kernel + tap[1]) * axes_[2].kernel + tap[2];
        *out = inside || repeat ? input + place.offset + tap_offsets_[static_cast<size_t>(at)]
                                : kZeros.data();
      }
    }
  }
}

bool WindowRows::addresses(const float* input, int64_t first, int64_t count,
                           const float** out) const {
  if (dense_) {
    *out = input + first * channels_;
    return true;
  }
  Position at = position(first);
  Place here = place(at);
  if (is_even(at, here, count)) {
    for (const int64_t offset : tap_offsets_) *out++ = input + here.offset + offset;
    return true;
  }
  for (int64_t row = 0; row < count; ++row) {
    if (here.whole) {
      const float** to = out + row;
      for (const int64_t offset : tap_offsets_) {
        *to = input + here.offset + offset;
        to += count;
      }
    } else {
      padded(input, here, count, out + row);
    }
    advance(at);
    if (row + 1 < count) here = place(at);
  }
  return false;
}

int64_t WindowRows::taps_inside(int64_t number) const {
  const Place here = place(position(number));
  int64_t taps = 1;
  for (const IndexRange& range : here.inside) taps *= std::max<int64_t>(range.size(), 0);
  return taps;
}

}  // namespace tenon::internal
