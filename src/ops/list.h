// The list of all ops.
#pragma once

#include "ops/op_def.h"

#include <span>
#include <string_view>

namespace tenon::internal {

// Sorted by name.
std::span<const OpDef* const> all_ops();

// nullptr if there is none of that name.
const OpDef* find_op(std::string_view name);

}  // namespace tenon::internal
