// Makes regions. An op that computes becomes the anchor of one with the pointwise nodes over its
// result, as far as they have one exit and keep its shape (bias, activation, residual, scale); a
// reduction or softmax also takes cheap nodes before it; a product reads transposed factors through
// views. What is left of connected pointwise nodes becomes regions without anchor. Programs stay
// within kMaxProgramInstructions and kMaxProgramInputs, and compute with floating numbers and bool.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> fuse_regions(const Graph& graph);

}  // namespace tenon::internal
