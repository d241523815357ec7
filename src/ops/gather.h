// Gather: slices of a tensor picked by index.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>

namespace tenon::internal {

struct GatherAttrs {
  // Axis of the data that the indices count along; negative ones count from the end.
  int64_t axis = 0;
  bool operator==(const GatherAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("axis", self.axis); }
};

std::span<const OpDef* const> gather_ops();

}  // namespace tenon::internal
