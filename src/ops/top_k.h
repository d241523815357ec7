// TopK: the largest or smallest elements along an axis.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>

namespace tenon::internal {

struct TopKAttrs {
  int64_t axis = -1;
  bool largest = true;
  // Whether the order of the result matters. It is sorted either way.
  bool sorted = true;
  bool operator==(const TopKAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("axis", self.axis);
    field("largest", self.largest);
    field("sorted", self.sorted);
  }
};

// Operands: x; how many, one number. Results: the elements, the best first, and their positions
// along the axis as i64. Of equal elements the first comes first. A NaN is beyond all numbers, for
// both ends.
std::span<const OpDef* const> top_k_ops();

}  // namespace tenon::internal
