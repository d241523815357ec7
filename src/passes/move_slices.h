// Takes parts before they are moved and seen in other shapes: a Slice of a Transpose whose result
// is used in parts only becomes a Transpose of a Slice, a Slice of a view that splits the last axis
// one of what is viewed, where it is a piece of every row, and an axis of one element is dropped
// before a Transpose.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> move_slices(const Graph& graph);

}  // namespace tenon::internal
