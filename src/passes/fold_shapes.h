// Replaces values whose elements follow from shapes: by a constant where they are numbers, else by
// a Dims node that computes them from the symbols. Chains of Shape, Slice, Concat and Cast die so.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> fold_shapes(const Graph& graph);

}  // namespace tenon::internal
