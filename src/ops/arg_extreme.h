// ArgMax and ArgMin: where along an axis the largest and the smallest elements are.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>

namespace tenon::internal {

struct ArgExtremeAttrs {
  int64_t axis = 0;
  // Whether the axis stays, with extent 1.
  bool keepdims = true;
  // Of equal elements the last counts, not the first.
  bool select_last_index = false;
  bool operator==(const ArgExtremeAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("axis", self.axis);
    field("keepdims", self.keepdims);
    field("select_last_index", self.select_last_index);
  }
};

// The results are i64. A NaN is beyond all numbers, for both.
std::span<const OpDef* const> arg_extreme_ops();

}  // namespace tenon::internal
