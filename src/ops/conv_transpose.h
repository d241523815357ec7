// ConvTranspose: the transpose of a convolution, over one to three spatial axes.
#pragma once

#include "ops/op_def.h"
#include "ops/window.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

struct ConvTransposeAttrs {
  // Of the convolution that is transposed. kernel_shape may be empty: the weights state it.
  WindowAttrs window = {};
  int64_t group = 1;
  // Elements added at the end of each spatial axis; none where the list is empty.
  std::vector<int64_t> output_padding = {};
  // Extents that the spatial axes of the output shall have; the pads follow from them.
  std::vector<int64_t> output_shape = {};
  bool operator==(const ConvTransposeAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    WindowAttrs::fields(self.window, field);
    field("group", self.group);
    field("output_padding", self.output_padding);
    field("output_shape", self.output_shape);
  }
};

// The axes of the convolution that is transposed: its output is `input`, its input `output`, both
// the spatial dims of inferred shapes. Window i of it covers the outputs that input i adds to.
// pad_end is not set: what is computed does not depend on it.
std::array<WindowAxis, kMaxSpatialRank> transposed_axes(const ConvTransposeAttrs& attrs,
                                                        std::span<const int64_t> input,
                                                        std::span<const int64_t> kernel,
                                                        std::span<const int64_t> output);

// Operands: x[N, C, D...], weights[C, M/group, K...], optionally bias[M]; all of one floating type.
std::span<const OpDef* const> conv_transpose_ops();

}  // namespace tenon::internal
