// Products of matrices: MatMul (NumPy's matmul) and Gemm (with scales, transposes and an addend).
#pragma once

#include "ops/op_def.h"

#include <span>

namespace tenon::internal {

// y = alpha * A * B + beta * C with A and B transposed first where asked for. Integer types take
// whole numbers as scales only.
struct GemmAttrs {
  float alpha = 1;
  float beta = 1;
  bool trans_a = false;
  bool trans_b = false;
  bool operator==(const GemmAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("alpha", self.alpha);
    field("beta", self.beta);
    field("transA", self.trans_a);
    field("transB", self.trans_b);
  }
};

// Operands of MatMul: a[..., M, K], b[..., K, N], or vectors [K]. Of Gemm: a[M, K], b[K, N],
// optionally c that broadcasts to [M, N]. Integers wrap around.
std::span<const OpDef* const> matmul_ops();

}  // namespace tenon::internal
