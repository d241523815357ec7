// MaxUnpool: elements put back where the windows of MaxPool found them, between zeros.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

struct MaxUnpoolAttrs {
  std::vector<int64_t> kernel_shape;
  std::vector<int64_t> pads;
  std::vector<int64_t> strides;
  bool operator==(const MaxUnpoolAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("kernel_shape", self.kernel_shape);
    field("pads", self.pads);
    field("strides", self.strides);
  }
};

// Operands: x[N, C, D...]; indices of x's shape, i64, as MaxPoolIndices gives them: they count the
// elements of a tensor with the smallest spatial dims that such windows can come from,
// (D - 1) * stride + kernel - pads; optionally the result's shape, which is not smaller: what it
// has more are zeros at the ends.
std::span<const OpDef* const> max_unpool_ops();

}  // namespace tenon::internal
