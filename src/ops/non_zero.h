// NonZero: where a tensor is not zero.
#pragma once

#include "ops/op_def.h"

#include <span>

namespace tenon::internal {

// Operand: numbers or truths. Result: i64[rank, K], an index a column, row-major; a NaN is not
// zero. Attributes: ExtentAttrs, K is extent 0.
std::span<const OpDef* const> non_zero_ops();

}  // namespace tenon::internal
