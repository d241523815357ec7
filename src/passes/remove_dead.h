// Removes nodes from which no output of the graph follows.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> remove_dead(const Graph& graph);

}  // namespace tenon::internal
