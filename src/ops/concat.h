// Concat: tensors laid end to end.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>

namespace tenon::internal {

struct ConcatAttrs {
  // Along which the tensors are joined; negative ones count from the end.
  int64_t axis = 0;
  bool operator==(const ConcatAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("axis", self.axis); }
};

std::span<const OpDef* const> concat_ops();

}  // namespace tenon::internal
