// Lets Attention read and write heads where products have them. Operands that were transposed from
// [N,S,H,D] to [N,H,S,D] are read as [N,S,H*D], and a result that is transposed back is written so.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> join_heads(const Graph& graph);

}  // namespace tenon::internal
