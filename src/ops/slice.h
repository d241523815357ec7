// Slice: every step-th element between bounds.
#pragma once

#include "ops/op_def.h"

#include <span>

namespace tenon::internal {

std::span<const OpDef* const> slice_ops();

}  // namespace tenon::internal
