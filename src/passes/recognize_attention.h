// Recognizes attention in its arithmetic, as exporters write it:
//
//   MatMul(Softmax(MatMul(q, transposed k), scaled, with a mask added), v)
//
// over [N,H,S,D], or [N,S,D], which is one head. Factors may stand on the queries, the keys or
// their products, and bool masks be a Where with minus infinity. Where a mask hides all keys from a
// query, it gets zeros, as Attention gives, where the arithmetic gives NaN.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> recognize_attention(const Graph& graph);

}  // namespace tenon::internal
