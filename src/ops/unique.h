// Unique: the different elements, or slices, of a tensor.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace tenon::internal {

struct UniqueAttrs {
  // Without one the operand counts as a vector of all its elements.
  std::optional<int64_t> axis;
  // Rising, or as they come first.
  bool sorted = true;
  std::string extent;
  bool operator==(const UniqueAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("axis", self.axis);
    field("sorted", self.sorted);
    field("extent", self.extent);
  }
};

// Results: the different slices along the axis, K of them; i64[K], where each comes first; i64[n],
// which of them each slice of the operand is; i64[K], how often each comes. Slices are compared
// element by element. NaNs are equal and larger than all numbers. K is extent 0.
std::span<const OpDef* const> unique_ops();

}  // namespace tenon::internal
