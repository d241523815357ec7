// Writes vector programs. Where the instruction sets differ, the builder has the difference: what
// is built with it means the same on both.
#pragma once

#include "devices/cpu/isa.h"
#include "devices/cpu/jit/vector_program.h"

#include <initializer_list>
#include <span>

namespace tenon::internal {

class VectorBuilder {
 public:
  using V = VectorOperand;

  // kAvx2 or kAvx512.
  explicit VectorBuilder(Isa isa) : isa_(isa) {}

  Isa isa() const { return isa_; }

  // At most once for each number.
  V input(int number);
  V constant(float value);
  V bits(uint32_t lane);
  // Byte offset of the table, for gather().
  uint32_t table(std::span<const float> entries);

  // One operand of these may be a constant.
  V add(V a, V b) { return commutative(VectorOp::kAdd, a, b); }
  V mul(V a, V b) { return commutative(VectorOp::kMul, a, b); }
  V sub(V a, V b) { return append(VectorOp::kSub, a, b); }
  V div(V a, V b) { return append(VectorOp::kDiv, a, b); }
  V bit_and(V a, V b) { return commutative(VectorOp::kAnd, a, b); }
  V bit_or(V a, V b) { return commutative(VectorOp::kOr, a, b); }
  V bit_xor(V a, V b) { return commutative(VectorOp::kXor, a, b); }
  // ~a & b
  V bit_and_not(V a, V b) { return append(VectorOp::kAndNot, a, b); }
  V compare(V a, Comparison comparison, V b);
  // The first operand where it is less, or greater; else, for NaN and zeros too, the second.
  V min(V a, V b) { return append(VectorOp::kMin, a, b); }
  V max(V a, V b) { return append(VectorOp::kMax, a, b); }
  // NaN stays.
  V clamp(V x, float low, float high) { return max(constant(low), min(constant(high), x)); }

  // a * b + c, a * b - c and c - a * b, rounded once. Of a and b one may be a constant, and c.
  V fma(V a, V b, V c) { return product(VectorOp::kFma, a, b, c); }
  V fms(V a, V b, V c) { return product(VectorOp::kFms, a, b, c); }
  V fnma(V a, V b, V c) { return product(VectorOp::kFnma, a, b, c); }
  // Coefficients of the highest power first, at least two.
  V polynomial(V x, std::initializer_list<float> coefficients);

  V sqrt(V x) { return append(VectorOp::kSqrt, x); }
  V round(V x, Rounding mode) {
    return append(VectorOp::kRound, x, {}, {}, static_cast<uint32_t>(mode));
  }
  V negate(V x) { return bit_xor(x, bits(kSign)); }
  V abs(V x) { return bit_and(x, bits(~kSign)); }
  // The sign bit of `sign`, the others of `magnitude`.
  V copy_sign(V magnitude, V sign);

  V bit_not(V x) { return bit_xor(x, bits(kAllBits)); }
  // a where the mask is set, else b; both may be constants.
  V select(V mask, V a, V b) { return append(VectorOp::kSelect, mask, a, b); }
  // a where the sign bit of x is set, else b.
  V select_negative(V x, V a, V b);
  // a, but x where x is NaN.
  V keep_nan(V a, V x);

  V to_int(V x) { return append(VectorOp::kToInt, x); }
  V to_float(V x) { return append(VectorOp::kToFloat, x); }
  V add_int(V a, V b) { return commutative(VectorOp::kAddInt, a, b); }
  V sub_int(V a, V b) { return append(VectorOp::kSubInt, a, b); }
  V shift_left(V x, uint32_t by) { return append(VectorOp::kShiftLeft, x, {}, {}, by); }
  V shift_right(V x, uint32_t by) { return append(VectorOp::kShiftRight, x, {}, {}, by); }
  V shift_right_arithmetic(V x, uint32_t by) {
    return append(VectorOp::kShiftRightArithmetic, x, {}, {}, by);
  }
  // table[index]; the indices must be in range.
  V gather(V index, uint32_t table);

  // Only on AVX-512.
  V scale(V a, V b) { return append(VectorOp::kScale, a, b); }
  V exponent(V x) { return append(VectorOp::kExponent, x); }
  V mantissa(V x) { return append(VectorOp::kMantissa, x); }

  VectorProgram finish(V output) &&;

 private:
  static constexpr uint32_t kSign = 0x80000000U;
  static constexpr uint32_t kAllBits = 0xFFFFFFFFU;

  V append(VectorOp op, V a = {}, V b = {}, V c = {}, uint32_t immediate = 0);
  V commutative(VectorOp op, V a, V b) {
    return a.is_constant() ? append(op, b, a) : append(op, a, b);
  }
  V product(VectorOp op, V a, V b, V c) {
    return a.is_constant() ? append(op, b, a, c) : append(op, a, b, c);
  }

  Isa isa_;
  VectorProgram program_;
};

}  // namespace tenon::internal
