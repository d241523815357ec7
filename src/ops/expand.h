// Expand: broadcasting made real.
#pragma once

#include "ops/op_def.h"

#include <span>

namespace tenon::internal {

std::span<const OpDef* const> expand_ops();

}  // namespace tenon::internal
