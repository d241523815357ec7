// Recognizes activations in the arithmetic that exporters write where an opset has no operator for
// them: GELU by erf and by tanh, SiLU, HardSwish, Mish.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> recognize_activations(const Graph& graph);

}  // namespace tenon::internal
