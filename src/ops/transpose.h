// Transpose: the axes in another order.
#pragma once

#include "ops/op_def.h"

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

}  // namespace tenon::internal
