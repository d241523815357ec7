// Functions made of log(x) = log(1 + f) + e ln 2.
#include "devices/cpu/jit/functions.h"

#include <bit>
#include <limits>

namespace tenon::internal::lanes {
namespace {

using V = VectorOperand;

constexpr float kLn2 = 0.693147182F;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// log(1 + f) for f in [-0.25, 0.5]: least relative error 2^-25.7, found by a weighted fit.
V log_of_fraction(VectorBuilder& b, V f) {
  const V tail = b.polynomial(f, {0.054129712F, -0.12067085F, 0.14983867F, -0.16822836F,
                                  0.19977082F, -0.2499344F, 0.3333355F, -0.5000006F});
  return b.fma(b.mul(f, f), tail, f);
}

}  // namespace

FloatParts split_float(VectorBuilder& b, V x) {
  if (b.isa() == Isa::kAvx512) {
    // The exponent is of a mantissa in [1, 2): one less where that was halved.
    const V fraction = b.sub(b.mantissa(x), b.constant(1));
    const V halved = b.bit_and(b.shift_right_arithmetic(fraction, 31), b.constant(1));
    return {fraction, b.add(b.exponent(x), halved)};
  }
  // Denormal numbers are made normal.
  constexpr float kScale = 8388608.0F;  // 2^23
  const V denormal = b.compare(x, Comparison::kLess, b.constant(std::numeric_limits<float>::min()));
  const V normal = b.select(denormal, b.mul(x, b.constant(kScale)), x);
  const V bits = b.sub_int(normal, b.constant(0.75F));
  const V exponent = b.shift_right_arithmetic(bits, 23);
  const V mantissa = b.sub_int(normal, b.shift_left(exponent, 23));
  const V correction = b.bit_and(denormal, b.constant(23));
  return {b.sub(mantissa, b.constant(1)), b.sub(b.to_float(exponent), correction)};
}

V log(VectorBuilder& b, V x) {
  const FloatParts parts = split_float(b, x);
  const V result = b.fma(parts.exponent, b.constant(kLn2), log_of_fraction(b, parts.fraction));
  if (b.isa() == Isa::kAvx512) return result;
  const V zero = b.constant(0);
  // Infinity and NaN are their own logarithms.
  const V finite = b.compare(x, Comparison::kLess, b.constant(kInfinity));
  const V positive = b.select(finite, result, x);
  const V or_zero =
      b.select(b.compare(x, Comparison::kEqual, zero), b.constant(-kInfinity), positive);
  // All bits set are NaN.
  return b.bit_or(or_zero, b.compare(x, Comparison::kLess, zero));
}

// max(x, 0) + log(1 + z) with z = e^-|x| in [0, 1].
V softplus(VectorBuilder& b, V x) {
  const V z = exp(b, b.bit_or(x, b.bits(0x80000000U)));
  // 1 + z is halved where that is in [0.75, 1].
  const V large = b.compare(z, Comparison::kGreaterOrEqual, b.constant(0.5F));
  const V fraction = b.select(large, b.fma(z, b.constant(0.5F), b.constant(-0.5F)), z);
  const V log1p = b.add(log_of_fraction(b, fraction), b.bit_and(large, b.constant(kLn2)));
  return b.add(b.max(b.constant(0), x), log1p);
}

}  // namespace tenon::internal::lanes
