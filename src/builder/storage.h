// Where each value of a graph is kept: decides views, copies of outputs, windows and in-place
// results.
#pragma once

#include "base/function_ref.h"
#include "graph/graph.h"
#include "plan/plan.h"
#include "tensor/dim.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tenon::internal {

// A part of the bytes of another value.
struct ValueWindow {
  // A root without a window.
  ValueId in;
  PlanWindow place;
};

// How the plan treats a graph.
struct StoragePlan {
  // Nodes that become steps, in order. The others are views of their operand, leave nothing to do
  // because of windows, or are needed by the host alone.
  std::vector<NodeId> steps;
  // For each graph output: the value that is computed right into the caller's memory, or invalid
  // where a copy step has to write it (an input or constant as output, one value under two names).
  std::vector<ValueId> direct_outputs;
  // For each value id: the value whose bytes it shares; itself for a root. Only for values that the
  // device sees.
  std::vector<ValueId> root;
  // For each value id: of a root that has no bytes of its own, where it lies.
  std::vector<std::optional<ValueWindow>> windows;
  // For each value id: whether the device sees it.
  std::vector<bool> on_device;
};

// Whether a node can be computed on operands with these pitches (PlanWindow), of inputs, then
// outputs; not all are 0.
using TakesPitches = FunctionRef<bool(NodeId node, std::span<const Dim> pitches)>;

// Roots are: inputs, constants, direct outputs, and what steps compute. In-place results share the
// root of an operand that dies in their step, has the same size and lies in the arena by itself:
// what is a window of other bytes is not overwritten, nor are bytes while a window of them is
// needed.
StoragePlan plan_storage(const Graph& graph, TakesPitches takes_pitches);

}  // namespace tenon::internal
