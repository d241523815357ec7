// The layouts in which a node may be computed.
#pragma once

#include "device/device.h"
#include "graph/graph.h"
#include "tensor/layout.h"

#include <span>
#include <vector>

namespace tenon::internal {

// Of a node's operands and results.
struct NodeLayouts {
  std::vector<Layout> inputs;
  std::vector<Layout> outputs;
};

// What to try for a node whose operands have the layouts `given`, the best first: where they are
// all plain, plain results come first, and otherwise channels_last ones. What is tried where all
// are plain is tried for any others too. A constant that lies beside the result (Concat, a program
// over the result) has the result's layout, all others are plain, whatever is given.
std::vector<NodeLayouts> layout_candidates(const Graph& graph, const Node& node,
                                           std::span<const Layout> given);

// Whether a tactic that is no last resort computes the node so.
bool has_fast_tactic(const Graph& graph, const Node& node, const NodeLayouts& layouts,
                     const Device& device);

}  // namespace tenon::internal
