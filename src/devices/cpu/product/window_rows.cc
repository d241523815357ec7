#include "devices/cpu/product/window_rows.h"

#include "ops/operands.h"

#include <algorithm>
#include <limits>
#include <optional>

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
  // Of tap 0, in elements.
  int64_t offset = 0;
  // All taps are inside of the input.
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
  for (size_t axis = 0; axis < kMaxSpatialRank; ++axis) {
    const WindowAxis& window = axes_[axis];
    const int64_t origin = window.origin(position.index[axis]);
    place.offset = place.offset * window.input + origin;
    place.whole =
        place.whole && origin >= 0 && origin + (window.kernel - 1) * window.dilation < window.input;
  }
  place.offset = place.offset * channels_ + position.image * image_elements_;
  return place;
}

// Along each axis: the taps inside of the input.
std::array<IndexRange, kMaxSpatialRank> WindowRows::inside(const Position& position) const {
  std::array<IndexRange, kMaxSpatialRank> ranges;
  for (size_t axis = 0; axis < kMaxSpatialRank; ++axis) {
    ranges[axis] = taps_between(axes_[axis], position.index[axis], 0, axes_[axis].input);
  }
  return ranges;
}

// Whether so many positions from `first` on read inside of one line.
bool WindowRows::is_even(const Position& first, const Place& place, int64_t count) const {
  const WindowAxis& line = axes_.back();
  const int64_t last = first.index.back() + count - 1;
  return place.whole && last < line.output &&
         line.origin(last) + (line.kernel - 1) * line.dilation < line.input;
}

// Writes every `count`th address, for a window that reaches out of the input; tap 0 would be
// `offset` elements into it.
void WindowRows::padded(const float* input, const Position& position, int64_t offset, int64_t count,
                        const float** out) const {
  const std::array<IndexRange, kMaxSpatialRank> ranges = inside(position);
  const bool repeat = padding_ == WindowPadding::kRepeat;
  if (std::ranges::any_of(ranges, [](const IndexRange& range) { return range.size() <= 0; })) {
    for (int64_t tap = 0; tap < taps(); ++tap, out += count) {
      *out = repeat ? kLeast.data() : kZeros.data();
    }
    return;
  }
  const auto nearest = [](const IndexRange& range, int64_t tap) {
    return std::clamp(tap, range.begin, range.end - 1);
  };
  const IndexRange line = ranges[2];
  for (int64_t z = 0; z < axes_[0].kernel; ++z) {
    const int64_t at_z = nearest(ranges[0], z);
    for (int64_t y = 0; y < axes_[1].kernel; ++y) {
      const int64_t at_y = nearest(ranges[1], y);
      const bool in_line = repeat || (at_z == z && at_y == y);
      const int64_t* offsets =
          &tap_offsets_[static_cast<size_t>((at_z * axes_[1].kernel + at_y) * axes_[2].kernel)];
      for (int64_t x = 0; x < axes_[2].kernel; ++x, out += count) {
        if (in_line && (repeat || (x >= line.begin && x < line.end))) {
          *out = input + (offset + offsets[nearest(line, x)]);
        } else {
          *out = kZeros.data();
        }
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
      padded(input, at, here.offset, count, out + row);
    }
    advance(at);
    if (row + 1 < count) here = place(at);
  }
  return false;
}

RowForms WindowRows::forms() const {
  if (dense_) return kEvenRows;
  const WindowAxis& line = axes_.back();
  const int64_t begin = windows_inside(line, 0).begin;
  return begin < windows_inside(line, line.kernel - 1).end ? kAllRowForms : kListedRows;
}

int64_t WindowRows::taps_inside(int64_t number, bool with_padding) const {
  const Position at = position(number);
  int64_t taps = 1;
  for (size_t i = 0; i < kMaxSpatialRank; ++i) {
    const WindowAxis& axis = axes_[i];
    const int64_t low = with_padding ? -axis.pad_begin : 0;
    const int64_t high = axis.input + (with_padding ? axis.pad_end : 0);
    taps *= std::max<int64_t>(taps_between(axis, at.index[i], low, high).size(), 0);
  }
  return taps;
}

PossibleRows possible_positions(const WindowAttrs& attrs, std::span<const int64_t> kernel,
                                const SymbolicShape& input, const SymbolicShape& output) {
  const SymbolicShape in(input.begin() + 2, input.end());
  const SymbolicShape out(output.begin() + 2, output.end());
  PossibleRows rows{.number = out};
  rows.number.push_back(output[0]);
  const std::optional<Shape> in_numbers = constant_shape(in);
  const std::optional<Shape> out_numbers = constant_shape(out);
  if (in_numbers && out_numbers) {
    rows.forms = WindowRows(window_axes(attrs, *in_numbers, kernel, *out_numbers), 1, 1,
                            WindowPadding::kZeros)
                     .forms();
    return rows;
  }
  // Single positions, each the next, whatever the extents.
  const auto is_one = [](int64_t value) { return value == 1; };
  const auto is_zero = [](int64_t value) { return value == 0; };
  if (in == out && std::ranges::all_of(kernel, is_one) &&
      std::ranges::all_of(attrs.strides, is_one) && std::ranges::all_of(attrs.pads, is_zero)) {
    rows.forms = kEvenRows;
  }
  return rows;
}

}  // namespace tenon::internal
