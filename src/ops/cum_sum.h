// CumSum: sums of the elements up to each along an axis.
#pragma once

#include "ops/op_def.h"

#include <span>

namespace tenon::internal {

struct CumSumAttrs {
  // An element is not part of its own sum.
  bool exclusive = false;
  // Sums run from the end of the axis.
  bool reverse = false;
  bool operator==(const CumSumAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("exclusive", self.exclusive);
    field("reverse", self.reverse);
  }
};

// Operands: x, and the axis, a scalar of i32 or i64. Integers wrap around.
std::span<const OpDef* const> cum_sum_ops();

}  // namespace tenon::internal
