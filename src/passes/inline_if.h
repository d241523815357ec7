// An If whose condition is known is the body that runs.
#pragma once

#include "graph/patch.h"

#include <tenon/error.h>

namespace tenon::internal {

Result<Patch> inline_if(const Graph& graph);

}  // namespace tenon::internal
