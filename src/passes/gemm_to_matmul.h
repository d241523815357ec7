// Makes a Gemm of floating numbers a MatMul, with Transposes for its transposed operands and Mul
// and Add for its scales and addend. Regions then hold one kind of product: transposes become
// views, the arithmetic a program, and a device needs one family of kernels. A Gemm whose scales
// its narrow type cannot hold, or of integers, stays.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> gemm_to_matmul(const Graph& graph);

}  // namespace tenon::internal
