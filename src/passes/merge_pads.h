// Makes zeros around an image the padding of the convolution or the average that reads it: some
// exporters write padding that a convolution cannot state, and much that it can, as a Pad.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

// Where auto_pad says nothing. A Pad that others read too is theirs.
Result<Patch> merge_pads(const Graph& graph);

}  // namespace tenon::internal
