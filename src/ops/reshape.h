// Ops on shapes: the same elements under another shape, and shapes as tensors.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <optional>
#include <span>

namespace tenon::internal {

struct ReshapeAttrs {
  // A 0 in the wanted shape is an empty dimension instead of a copy of the operand's.
  bool allowzero = false;
  bool operator==(const ReshapeAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("allowzero", self.allowzero); }
};

struct FlattenAttrs {
  // The first axis that becomes part of the second dimension; negative ones count from the end.
  int64_t axis = 1;
  bool operator==(const FlattenAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("axis", self.axis); }
};

struct ShapeAttrs {
  // Axes [start, end) are listed; both are clamped, negative ones count from the end, and no end
  // means all.
  int64_t start = 0;
  std::optional<int64_t> end;
  bool operator==(const ShapeAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("start", self.start);
    field("end", self.end);
  }
};

std::span<const OpDef* const> reshape_ops();

}  // namespace tenon::internal
