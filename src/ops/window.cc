#include "ops/window.h"

#include "base/checked_math.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/operand_checks.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace tenon::internal {
namespace {

// Bounds of every attribute value, so that a kernel's reach fits an int64_t.
constexpr int64_t kMaxAttribute = std::numeric_limits<int32_t>::max();

Status check_attributes(const WindowAttrs& attrs, size_t rank) {
  TRY_STATUS(check_axis_values("strides", attrs.strides, rank, 1));
  TRY_STATUS(check_axis_values("dilations", attrs.dilations, rank, 1));
  TRY_STATUS(check_axis_values("kernel_shape", attrs.kernel_shape, rank, 1));
  TRY_STATUS(check_axis_values("pads", attrs.pads, 2 * rank, 0));
  const bool padded = std::ranges::any_of(attrs.pads, [](int64_t pad) { return pad != 0; });
  if (padded && attrs.auto_pad != AutoPad::kNotSet) {
    return invalid_argument("pads=[{}] and auto_pad={} exclude each other", join(attrs.pads, ","),
                            EnumNames<AutoPad>::names[static_cast<size_t>(attrs.auto_pad)]);
  }
  return ok_status();
}

Result<Dim> window_count(const WindowAttrs& attrs, size_t axis, size_t rank, const Dim& input,
                         const Dim& kernel, bool ceil_mode) {
  const Dim stride = value_or(attrs.strides, axis, 1);
  if (is_same(attrs.auto_pad)) return Dim::ceil_div(input, stride);
  const Dim dilation = value_or(attrs.dilations, axis, 1);
  const Dim pad_begin = value_or(attrs.pads, axis, 0);
  const Dim pad_end = value_or(attrs.pads, axis + rank, 0);
  const Dim reach = dilation * (kernel - 1) + 1;
  const Dim travel = input + pad_begin + pad_end - reach;
  const Dim count = ceil_mode ? Dim::min(Dim::ceil_div(travel, stride) + 1,
                                         Dim::ceil_div(input + pad_begin, stride))
                              : Dim::floor_div(travel, stride) + 1;
  // An empty axis may have none.
  const int64_t least = input == Dim(0) ? 0 : 1;
  if (count.is_constant() && count.constant() < least) {
    return invalid_argument(
        "a kernel of {} with dilation {} does not fit spatial axis {} of extent {} with pads {} "
        "and {}",
        kernel.to_string(), dilation.to_string(), axis, input.to_string(), pad_begin.to_string(),
        pad_end.to_string());
  }
  return count;
}

// Indices i of [0, count) with low <= start + i * step < high.
IndexRange steps_between(int64_t start, int64_t step, int64_t count, int64_t low, int64_t high) {
  const int64_t begin = std::clamp<int64_t>(ceil_div(low - start, step), 0, count);
  const int64_t end = std::clamp<int64_t>(ceil_div(high - start, step), begin, count);
  return {begin, end};
}

}  // namespace

bool is_same(AutoPad auto_pad) {
  return auto_pad == AutoPad::kSameUpper || auto_pad == AutoPad::kSameLower;
}

int64_t value_or(const std::vector<int64_t>& values, size_t index, int64_t fallback) {
  return values.empty() ? fallback : values[index];
}

Status check_axis_values(std::string_view name, const std::vector<int64_t>& values, size_t length,
                         int64_t minimum) {
  if (!values.empty() && values.size() != length) {
    return invalid_argument("{}=[{}] must have {}", name, join(values, ","),
                            counted(length, "value"));
  }
  for (const int64_t value : values) {
    if (value < minimum || value > kMaxAttribute) {
      return invalid_argument("{}=[{}] must hold values from {} to {}", name, join(values, ","),
                              minimum, kMaxAttribute);
    }
  }
  return ok_status();
}

Status check_window(const WindowAttrs& attrs, std::span<const Dim> kernel) {
  const size_t rank = kernel.size();
  if (rank == 0 || rank > kMaxSpatialRank) {
    return unsupported("windows over {} spatial axes; 1 to {} are supported", rank,
                       kMaxSpatialRank);
  }
  TRY_STATUS(check_attributes(attrs, rank));
  for (size_t axis = 0; axis < rank; ++axis) {
    const Dim& extent = kernel[axis];
    if (extent.is_constant() && (extent.constant() < 1 || extent.constant() > kMaxAttribute)) {
      return invalid_argument("a kernel has extent {} on spatial axis {}; it must be 1 to {}",
                              extent.constant(), axis, kMaxAttribute);
    }
    if (!attrs.kernel_shape.empty() && certainly_differ(attrs.kernel_shape[axis], extent)) {
      return invalid_argument("kernel_shape=[{}] is not that of a kernel {}",
                              join(attrs.kernel_shape, ","),
                              to_string(SymbolicShape(kernel.begin(), kernel.end())));
    }
  }
  return ok_status();
}

Result<SymbolicShape> window_counts(const WindowAttrs& attrs, std::span<const Dim> input,
                                    std::span<const Dim> kernel, bool ceil_mode) {
  TRY_STATUS(check_window(attrs, kernel));
  const size_t rank = input.size();
  SymbolicShape counts;
  for (size_t axis = 0; axis < rank; ++axis) {
    counts.push_back(TRY(window_count(attrs, axis, rank, input[axis], kernel[axis], ceil_mode)));
  }
  return counts;
}

std::array<WindowAxis, kMaxSpatialRank> window_axes(const WindowAttrs& attrs,
                                                    std::span<const int64_t> input,
                                                    std::span<const int64_t> kernel,
                                                    std::span<const int64_t> output) {
  std::array<WindowAxis, kMaxSpatialRank> axes;
  const size_t rank = input.size();
  for (size_t i = 0; i < rank; ++i) {
    WindowAxis& axis = axes[kMaxSpatialRank - rank + i];
    axis.input = input[i];
    axis.output = output[i];
    axis.kernel = kernel[i];
    axis.stride = value_or(attrs.strides, i, 1);
    axis.dilation = value_or(attrs.dilations, i, 1);
    axis.pad_begin = value_or(attrs.pads, i, 0);
    axis.pad_end = value_or(attrs.pads, i + rank, 0);
    if (is_same(attrs.auto_pad)) {
      const int64_t reach = axis.dilation * (axis.kernel - 1) + 1;
      const int64_t missing =
          std::max<int64_t>(0, (axis.output - 1) * axis.stride + reach - axis.input);
      const int64_t smaller = missing / 2;
      const bool upper = attrs.auto_pad == AutoPad::kSameUpper;
      axis.pad_begin = upper ? smaller : missing - smaller;
      axis.pad_end = missing - axis.pad_begin;
    }
  }
  return axes;
}

IndexRange taps_between(const WindowAxis& axis, int64_t index, int64_t low, int64_t high) {
  return steps_between(axis.origin(index), axis.dilation, axis.kernel, low, high);
}

IndexRange windows_inside(const WindowAxis& axis, int64_t tap) {
  return steps_between(axis.origin(0) + tap * axis.dilation, axis.stride, axis.output, 0,
                       axis.input);
}

}  // namespace tenon::internal
