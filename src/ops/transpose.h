// Transpose: the axes in another order.
#pragma once

#include "ops/op_def.h"
#include "ops/strided_copy.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tenon::internal {

struct TransposeAttrs {
  // Axis i of the output is axis perm[i] of the operand; empty: the axes reversed.
  std::optional<std::vector<int64_t>> perm;
  bool operator==(const TransposeAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("perm", self.perm); }
};

std::span<const OpDef* const> transpose_ops();

// What a Transpose of an operand of this shape is. Errors: InvalidArgument.
Result<ReadOrder> transpose_order(const Attrs& attrs, std::span<const int64_t> shape);

}  // namespace tenon::internal
