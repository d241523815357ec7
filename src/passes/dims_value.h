// Values whose elements are known, made anew in a patch.
#pragma once

#include "graph/patch.h"
#include "ops/dims.h"

#include <string_view>

namespace tenon::internal {

// A constant with the known elements of `info` where all are numbers, else a Dims node before
// `before`. The elements must be known. Errors: as Patch::add_node.
Result<ValueId> add_dims(Patch& patch, NodeId before, const ValueInfo& info, std::string_view name);

// A view of a value, of the graph or of the patch, in another shape of as many elements. Errors: as
// Patch::add_node.
Result<ValueId> add_reshape(Patch& patch, NodeId before, ValueId value, const SymbolicShape& shape,
                            std::string_view name);

}  // namespace tenon::internal
