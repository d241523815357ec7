// Where each value of a graph is kept: decides views, copies of outputs and in-place results.
#pragma once

#include "graph/graph.h"

#include <cstdint>
#include <vector>

namespace tenon::internal {

// How the plan treats a graph.
struct StoragePlan {
  // Nodes that become steps, in order. The others are views of their operand or needed by the host
  // alone.
  std::vector<NodeId> steps;
  // For each graph output: the value that is computed right into the caller's memory, or invalid
  // where a copy step has to write it (an input or constant as output, one value under two names).
  std::vector<ValueId> direct_outputs;
  // For each value id: the value whose bytes it shares; itself for a root. Only for values that the
  // device sees.
  std::vector<ValueId> root;
  // For each value id: whether the device sees it.
  std::vector<bool> on_device;
};

// Roots are: inputs, constants, direct outputs, and what steps compute. In-place results share the
// root of an operand that dies in their step, has the same size and lies in the arena.
StoragePlan plan_storage(const Graph& graph);

}  // namespace tenon::internal
