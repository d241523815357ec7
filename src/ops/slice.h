// Slice: every step-th element between bounds.
#pragma once

#include "ops/op_def.h"
#include "ops/strided_copy.h"

#include <span>

namespace tenon::internal {

std::span<const OpDef* const> slice_ops();

// What a Slice of these operands is; the elements of the first one are not read. Errors:
// InvalidArgument.
Result<ReadOrder> slice_order(std::span<const ConstTensorView> in);

}  // namespace tenon::internal
