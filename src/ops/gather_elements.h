// GatherElements and GatherND: elements, or slices, of a tensor by index. Gather takes the same
// indices for all other axes.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>

namespace tenon::internal {

struct GatherElementsAttrs {
  int64_t axis = 0;
  bool operator==(const GatherElementsAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("axis", self.axis); }
};

struct GatherNdAttrs {
  // The first axes of data and indices, which are walked together.
  int64_t batch_dims = 0;
  bool operator==(const GatherNdAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("batch_dims", self.batch_dims); }
};

// Operands: data, indices of i64 or i32; negative ones count from the end.
// - GatherElements: indices of the data's rank; y[i, j, …] = data[…, indices[i, j, …], …] with the
//   index in place of the position along `axis`.
// - GatherND: indices[B…, I…, k]; y[B…, I…] = data[B…, indices[B…, I…, 0], …], a slice along the
//   axes behind those that the k indices name. k is a constant.
std::span<const OpDef* const> gather_elements_ops();

}  // namespace tenon::internal
