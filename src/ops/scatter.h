// ScatterElements and ScatterND: a tensor with other elements where indices say.
#pragma once

#include "ops/op_def.h"

#include <array>
#include <cstdint>
#include <span>

namespace tenon::internal {

// What becomes of an element and what is written to it.
enum class ScatterReduction : uint8_t { kNone, kAdd, kMul, kMax, kMin };
template <>
struct EnumNames<ScatterReduction> {
  static constexpr std::array names = {"none", "add", "mul", "max", "min"};
};

struct ScatterElementsAttrs {
  int64_t axis = 0;
  ScatterReduction reduction = ScatterReduction::kNone;
  bool operator==(const ScatterElementsAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("axis", self.axis);
    field("reduction", self.reduction);
  }
};

struct ScatterNdAttrs {
  ScatterReduction reduction = ScatterReduction::kNone;
  bool operator==(const ScatterNdAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("reduction", self.reduction); }
};

// Operands: data, indices of i64 or i32 (negative ones count from the end), updates of the data's
// type. The result is the data, written to in the order of the indices: where two name the same
// element the last one stays, or all are reduced. Reductions are of numeric types.
// - ScatterElements: as many indices as updates, each a place along `axis`.
// - ScatterND: indices[I…, k] name k places, and updates[I…, …] are slices along the axes behind
//   those. k is a constant.
std::span<const OpDef* const> scatter_ops();

}  // namespace tenon::internal
