// Expand: broadcasting made real.
#pragma once

#include "ops/op_def.h"
#include "ops/strided_copy.h"

#include <span>

namespace tenon::internal {

std::span<const OpDef* const> expand_ops();

// What an Expand is. Errors: InvalidArgument unless the operand broadcasts to the shape.
Result<ReadOrder> expand_order(std::span<const int64_t> from, const Shape& to);

}  // namespace tenon::internal
