// Slice: every step-th element between bounds.
#pragma once

#include "ops/op_def.h"
#include "ops/strided_copy.h"

#include <cstddef>
#include <optional>
#include <span>

namespace tenon::internal {

// What a Slice takes of its first operand where that is all between two indices of one axis, the
// first one where it takes everything.
struct SlicedRange {
  size_t axis = 0;
  // From 0 on; beyond the end only where nothing is taken.
  Dim start;
};

// nullopt where it takes something else or where that is not known. `in` are its operands.
std::optional<SlicedRange> sliced_range(std::span<const ValueInfo> in);

std::span<const OpDef* const> slice_ops();

// What a Slice of these operands is; the elements of the first one are not read. Errors:
// InvalidArgument.
Result<ReadOrder> slice_order(std::span<const ConstTensorView> in);

}  // namespace tenon::internal
