// Recognizes LayerNormalization and RMSNormalization in the arithmetic that exporters write where
// an opset has no operator for them, over the last axes of a value:
//   (x - mean) / sqrt(mean((x - mean)^2) + epsilon), as a quotient or a product with the inverse
//   x * inverse + (bias - mean * inverse), where the inverse may be scaled
//   x / sqrt(mean(x^2) + epsilon)
// and the constant scale and bias behind them.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> fuse_normalization(const Graph& graph);

}  // namespace tenon::internal
