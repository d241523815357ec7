// OneHot: a vector for each index, one of whose elements differs from the others.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>

namespace tenon::internal {

struct OneHotAttrs {
  // Of the result: the axis along which the vectors lie.
  int64_t axis = -1;
  bool operator==(const OneHotAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("axis", self.axis); }
};

// Operands: indices of i64 or i32, of which negative ones count from the end; the vectors' extent,
// a scalar; values[2], what elements are and what the one at the index is. Outside of the vector
// there is none.
std::span<const OpDef* const> one_hot_ops();

}  // namespace tenon::internal
