// Computes once what several nodes compute: those of the same op with the same attributes and
// operands. Small constants of equal bytes become one, so that nodes which use them are seen as
// equal.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> merge_duplicates(const Graph& graph);

}  // namespace tenon::internal
