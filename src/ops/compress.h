// Compress: the slices of a tensor for which a condition holds.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace tenon::internal {

struct CompressAttrs {
  // Without one the operand counts as a vector of all its elements.
  std::optional<int64_t> axis;
  std::string extent;
  bool operator==(const CompressAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("axis", self.axis);
    field("extent", self.extent);
  }
};

// Operands: x; a vector of truths for the first slices, as many as there are at most. The number of
// slices that stay is extent 0.
std::span<const OpDef* const> compress_ops();

}  // namespace tenon::internal
