// Writes the axes of reductions as an attribute, all in one form: what is reduced, counted from 0.
// Reductions then have no operand that the host reads, so that regions can have them as anchors.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> fold_axes(const Graph& graph);

}  // namespace tenon::internal
