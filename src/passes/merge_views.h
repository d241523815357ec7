// Makes a view (Reshape, Squeeze, Unsqueeze, Flatten) of a view one Reshape of the first operand.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> merge_views(const Graph& graph);

}  // namespace tenon::internal
