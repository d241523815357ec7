// Sliding windows over the spatial dims of a tensor [N, C, D1, ...]: what convolution and pooling
// share. Formulas are those of ONNX's Conv and MaxPool.
#pragma once

#include "tensor/attributes.h"
#include "tensor/dim.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tenon::internal {

inline constexpr size_t kMaxSpatialRank = 3;

enum class AutoPad : uint8_t { kNotSet, kValid, kSameUpper, kSameLower };
template <>
struct EnumNames<AutoPad> {
  static constexpr std::array names = {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};
};

// ONNX's attributes. Strides and dilations are 1 and pads 0 where the list is empty; pads holds the
// beginnings of all axes, then the ends.
struct WindowAttrs {
  AutoPad auto_pad = AutoPad::kNotSet;
  std::vector<int64_t> dilations = {};
  std::vector<int64_t> kernel_shape = {};
  std::vector<int64_t> pads = {};
  std::vector<int64_t> strides = {};
  bool operator==(const WindowAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("auto_pad", self.auto_pad);
    field("dilations", self.dilations);
    field("kernel_shape", self.kernel_shape);
    field("pads", self.pads);
    field("strides", self.strides);
  }
};

// Whether pads follow from the other attributes.
bool is_same(AutoPad auto_pad);

// The value for an axis; a list may be empty.
int64_t value_or(const std::vector<int64_t>& values, size_t index, int64_t fallback);

// Errors: InvalidArgument unless the list is empty or has `length` values, each from `minimum` to
// the largest int32_t, so that what is computed from them fits an int64_t.
Status check_axis_values(std::string_view name, const std::vector<int64_t>& values, size_t length,
                         int64_t minimum);

// `kernel` has one dim an axis. Errors: Unsupported for none or more than kMaxSpatialRank;
// InvalidArgument for attributes and kernel extents out of range, lists of the wrong length, pads
// together with auto_pad, and a kernel_shape that is not the kernel's.
Status check_window(const WindowAttrs& attrs, std::span<const Dim> kernel);

// Number of windows along each axis. `input` and `kernel` have one dim an axis; with `ceil_mode`
// the last window may reach beyond the padding but starts inside of the input or the padding before
// it. An empty axis may have no windows. Errors: as check_window(); InvalidArgument for a kernel
// that is larger than the padded input.
Result<SymbolicShape> window_counts(const WindowAttrs& attrs, std::span<const Dim> input,
                                    std::span<const Dim> kernel, bool ceil_mode);

// One axis in numbers.
struct WindowAxis {
  int64_t input = 1;
  int64_t output = 1;
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t pad_begin = 0;
  int64_t pad_end = 0;

  // Position in the input that tap 0 of window `index` reads; negative in the padding.
  int64_t origin(int64_t index) const { return index * stride - pad_begin; }
};

// Always three axes: an operand of fewer has axes of extent 1 in front. The attributes must be ones
// that window_counts() accepts, and `output` its result.
std::array<WindowAxis, kMaxSpatialRank> window_axes(const WindowAttrs& attrs,
                                                    std::span<const int64_t> input,
                                                    std::span<const int64_t> kernel,
                                                    std::span<const int64_t> output);

// Indices [begin, end).
struct IndexRange {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t size() const { return end - begin; }
};

// The taps of window `index` that read positions in [low, high).
IndexRange taps_between(const WindowAxis& axis, int64_t index, int64_t low, int64_t high);

// The windows whose tap `tap` reads inside of the input.
IndexRange windows_inside(const WindowAxis& axis, int64_t tap);

}  // namespace tenon::internal
