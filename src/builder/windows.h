// Values that are parts of others' bytes: what Concat joins is computed right where the result has
// it, and what Slice takes is read where it stands. Where all parts are, the node is no step.
#pragma once

#include "builder/storage.h"
#include "graph/graph.h"

namespace tenon::internal {

// Sets storage.windows and removes the steps that nothing is left to do for. Every value has its
// bytes to itself or to views of it, so far. A value is moved only if this graph computes it and it
// is no output; it keeps bytes that lie together unless all its steps take a pitch. A part of a
// Concat that cannot be moved, or is there twice, is left to the step, which finds the other parts
// in their places.
void place_windows(const Graph& graph, TakesPitches takes_pitches, StoragePlan& storage);

}  // namespace tenon::internal
