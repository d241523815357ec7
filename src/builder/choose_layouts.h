// The layout of every value, by fixed rules.
#pragma once

#include "device/device.h"
#include "graph/graph.h"

#include <tenon/error.h>

namespace tenon::internal {

// A copy of the graph in which values have layouts, with Reformat nodes where a node takes another
// layout than its operand has; of a constant there is a constant in that layout instead. Inputs and
// outputs of the graph are plain.
//
// The rule, node by node in order: plain operands stay plain where a tactic that is no last resort
// takes them so; otherwise, and where an operand is channels_last already, the node is computed in
// channels_last where such a tactic takes it. Errors: those of the ops' inference.
Result<Graph> choose_layouts(const Graph& graph, const Device& device);

}  // namespace tenon::internal
