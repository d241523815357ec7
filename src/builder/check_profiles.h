// Profiles held against the network and the plan that they are for.
#pragma once

#include "graph/graph.h"
#include "plan/plan.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <vector>

namespace tenon::internal {

// As profile_ranges() of the graph's inputs; Unsupported for more than one profile.
Status check_profiles(const Graph& graph, const std::vector<Profile>& profiles);

// Whether bounds leave open that some shapes of the inputs (of the profile's, where there is one)
// give every value extents and let operands broadcast; bodies are not looked into. `profiles` have
// passed check_profiles(). Errors: InvalidArgument naming the node, what does not fit and the
// ranges of the symbols.
Status check_shapes_possible(const Graph& graph, const std::vector<Profile>& profiles);

// Whether the plan can run at the shapes that its profile is tuned for, where that states all of
// them: their opt, or min where that is max. Errors: InvalidArgument naming the step.
Status check_optimum(const Plan& plan);

}  // namespace tenon::internal
