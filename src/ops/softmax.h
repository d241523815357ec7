// Softmax and its like along an axis.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>

namespace tenon::internal {

struct SoftmaxAttrs {
  // Along which the results of Softmax add up to 1; negative ones count from the end.
  int64_t axis = -1;
  bool operator==(const SoftmaxAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("axis", self.axis); }
};

std::span<const OpDef* const> softmax_ops();

}  // namespace tenon::internal
