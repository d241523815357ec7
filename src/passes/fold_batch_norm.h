// BatchNormalization with constant parameters is x * scale + shift with a constant scale and shift
// for each channel: it becomes part of the weights and bias of a convolution or product right
// before it, and elsewhere a Mul and an Add. Narrow types are cast to f32 around these, because the
// products may be much larger than their sum.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> fold_batch_norm(const Graph& graph);

}  // namespace tenon::internal
