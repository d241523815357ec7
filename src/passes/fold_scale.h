// Constant arithmetic behind a convolution or product, a Mul, Div, Add or Sub with a number for
// each channel or one for all, becomes part of its constant weights and its bias. Behind a product
// a single Add or Sub stays, since a product has no bias. Nothing is folded where that would double
// weights that others use.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> fold_scale(const Graph& graph);

}  // namespace tenon::internal
