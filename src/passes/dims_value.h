// Values whose elements are known, made anew in a patch.
#pragma once

#include "graph/patch.h"

#include <string_view>

namespace tenon::internal {

// The op of the nodes that compute known elements which are no numbers.
inline constexpr std::string_view kDimsName = "Dims";

// A constant with the known elements of `info` where all are numbers, else a Dims node before
// `before`. The elements must be known. Errors: as Patch::add_node.
Result<ValueId> add_dims(Patch& patch, NodeId before, const ValueInfo& info, std::string_view name);

}  // namespace tenon::internal
