// What nodes with bodies capture: constants move into the bodies, where other passes find them;
// what no body uses, or what is captured twice, is no operand any more.
#pragma once

#include "graph/patch.h"

#include <tenon/error.h>

namespace tenon::internal {

Result<Patch> narrow_bodies(const Graph& graph);

}  // namespace tenon::internal
