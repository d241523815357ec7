// The last step of a build: from a graph with a tactic for every node to the flat plan.
#pragma once

#include "builder/weights.h"
#include "device/tactic.h"
#include "graph/graph.h"
#include "plan/plan.h"

#include <tenon/error.h>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace tenon::internal {

// The problem that a node is.
Problem problem_of(const Graph& graph, const Node& node);

struct AssembledPlan {
  Plan plan;
  // What plan.weights hold.
  PlanWeights weights;
};

// Gives every value its storage (storage.h), drops nodes that nothing is left to do for and those
// whose results only the host needs, and gives each step the device's default tactic. Errors:
// Unsupported listing every node without a tactic or with a host operand that is computed from
// data.
Result<AssembledPlan> assemble(const Graph& graph, const Device& device,
                               const std::vector<Profile>& profiles);

}  // namespace tenon::internal
