// A region as the nodes that it was fused from.
#pragma once

#include "graph/patch.h"

#include <tenon/error.h>

namespace tenon::internal {

// Replaces a Region node by nodes that compute the same to the last bit: a Transpose for each view,
// the anchor, and for each program a region without anchor, or a plain node where it is a single
// instruction. A region without anchor becomes a node for each instruction. Errors: as
// Patch::add_node.
Result<Patch> split_region(const Graph& graph, NodeId region);

}  // namespace tenon::internal
