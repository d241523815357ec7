// Writes the padding of windows as numbers: what auto_pad asks for follows from extents that are
// numbers themselves, and kernels that copy padding must know it before shapes are bound.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

// Of convolutions and pools; SAME over open extents stays.
Result<Patch> fold_padding(const Graph& graph);

}  // namespace tenon::internal
