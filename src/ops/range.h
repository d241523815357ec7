// Range: integers at equal distances.
#pragma once

#include "ops/op_def.h"

#include <span>

namespace tenon::internal {

// Operands: start, limit and delta, scalars of i32 or i64.
std::span<const OpDef* const> range_ops();

}  // namespace tenon::internal
