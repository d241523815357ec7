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
                       int64_t channels, WindowPadding padding)
    : axes_(axes), batch_(batch), channels_(channels), padding_(padding) {
  image_elements_ = channels;
  for (const WindowAxis& axis : axes) {
    outputs_ *= axis.output;
    image_elements_ *= axis.input;
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
  position.image = number / outputs_;
  int64_t rest = number % outputs_;
  for (size_t axis = kMaxSpatialRank; axis-- > 0;) {
    position.index[axis] = rest % axes_[axis].output;
    rest /= axes_[axis].output;
  }
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

const float* WindowRows::outside(const float* input, const Place& place,
                                 const std::array<int64_t, kMaxSpatialRank>& tap) const {
  int64_t offset = 0;
  for (size_t axis = 0; axis < kMaxSpatialRank; ++axis) {
    int64_t at = tap[axis];
    const IndexRange& inside = place.inside[axis];
    if (at < inside.begin || at >= inside.end) {
      if (padding_ == WindowPadding::kZeros) return kZeros.data();
      if (inside.size() <= 0) return kLeast.data();
      at = std::clamp(at, inside.begin, inside.end - 1);
    }
    offset = offset * axes_[axis].input + place.origin[axis] + at * axes_[axis].dilation;
  }
  return input + place.image * image_elements_ + offset * channels_;
}

void WindowRows::addresses(const float* input, int64_t first, int64_t count,
                           const float** out) const {
  std::array<Place, kMaxWindowRows> places;
  bool whole = true;
  Position at = position(first);
  for (int64_t row = 0; row < count; ++row, advance(at)) {
    places[static_cast<size_t>(row)] = place(at);
    whole = whole && places[static_cast<size_t>(row)].whole;
  }
  if (whole) {
    for (const int64_t tap_offset : tap_offsets_) {
      for (int64_t row = 0; row < count; ++row) {
        *out++ = input + places[static_cast<size_t>(row)].offset + tap_offset;
      }
    }
    return;
  }
  for (int64_t z = 0; z < axes_[0].kernel; ++z) {
    for (int64_t y = 0; y < axes_[1].kernel; ++y) {
      for (int64_t x = 0; x < axes_[2].kernel; ++x) {
        for (int64_t row = 0; row < count; ++row) {
          *out++ = outside(input, places[static_cast<size_t>(row)], {z, y, x});
        }
      }
    }
  }
}

int64_t WindowRows::taps_inside(int64_t number) const {
  const Place here = place(position(number));
  int64_t taps = 1;
  for (const IndexRange& range : here.inside) taps *= std::max<int64_t>(range.size(), 0);
  return taps;
}

}  // namespace tenon::internal
