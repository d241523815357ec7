// Removes nodes whose result provably has the type, shape and elements of an operand: Identity,
// views, Expand and Slice that keep the shape, Transpose that moves only dims of 1, Cast to the
// same type, and Concat, Max and Min of a single operand. Adding 0 is not among them: -0 + 0 is 0.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> drop_identity(const Graph& graph);

}  // namespace tenon::internal
