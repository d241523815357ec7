// Values whose elements are known, made anew in a patch.
#pragma once

#include "graph/patch.h"
#include "ops/dims.h"

#include <string_view>

namespace tenon::internal {

// The op of the nodes that compute known elements which are no numbers.
// A constant with the known elements of `info` where all are numbers, else a Dims node before
// `before`. The elements must be known. Errors: as Patch::add_node.
Result<ValueId> add_dims(Patch& patch, NodeId before, const ValueInfo& info, std::string_view name);

}  // namespace tenon::internal
