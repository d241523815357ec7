// What must hold for a graph at each stage of its life.
#pragma once

#include "graph/graph.h"

#include <tenon/error.h>

#include <span>

namespace tenon::internal {

enum class GraphLevel : uint8_t {
  // Ids in range, names unique, acyclic and in order, one producer a value, operand counts as the
  // op says, types equal to what inference gives, at least one output.
  kImported,
  // And: every operand that an op reads on the host has known elements; no view node whose result
  // has the type of its operand; no dead node.
  kCanonical,
  // And: no transpose of a transpose; programs of regions stay within kMaxProgramInstructions and
  // kMaxProgramInputs.
  kFused,
};

// Errors: InvalidArgument naming the node and the rule that is broken; check_host_operands().
// Bodies of nodes are verified with it. `is_body`: the graph is one, and may stand on extents that
// the graph around it tells.
Status verify(const Graph& graph, GraphLevel level, bool is_body = false);

// The part of kCanonical that no pass can bring about: Unsupported, naming all of these nodes at
// once, where an operand that an op reads on the host is computed from data. The graph must hold
// kImported.
Status check_host_operands(const Graph& graph, std::span<const NodeId> nodes);

}  // namespace tenon::internal
