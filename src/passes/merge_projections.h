// Makes the products of one value with constant weights that an Attention reads as queries, keys
// and values one product, of which they are parts: it passes over the value once, and its panels
// are even.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> merge_projections(const Graph& graph);

}  // namespace tenon::internal
