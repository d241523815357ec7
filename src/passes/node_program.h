// Pointwise programs made of nodes of a graph.
#pragma once

#include "graph/graph.h"
#include "ops/pointwise.h"

#include <tenon/error.h>

#include <span>
#include <vector>

namespace tenon::internal {

struct NodeProgram {
  PointwiseProgram program;
  // Of the program, one for each of its inputs.
  std::vector<ValueId> inputs;
};

// What pointwise nodes, in the order of the graph, compute together; the last one gives the output.
// Operands that none of them computes are inputs, in the order of their first use. Where `first` is
// valid it is input 0. Operands of sums and products are sorted, so that equal arithmetic gives
// equal programs. Errors: as program_of().
Result<NodeProgram> program_of_nodes(const Graph& graph, std::span<const NodeId> nodes,
                                     ValueId first = {});

}  // namespace tenon::internal
