// Pooling over all spatial axes: GlobalAveragePool and GlobalMaxPool.
#pragma once

#include "ops/op_def.h"

#include <span>

namespace tenon::internal {

// Operand: x[N, C, D...]; all D become 1. A NaN makes its channel's maximum NaN. Where a D is 0,
// the average is 0 and the maximum -inf.
std::span<const OpDef* const> global_pool_ops();

}  // namespace tenon::internal
