// x^y = 2^(y log2 x). A product of up to 128 leaves no bits for its fraction in one float:
// logarithm and product are sums of two.
#include "devices/cpu/jit/functions.h"

#include <limits>

namespace tenon::internal::lanes {
namespace {

using V = VectorOperand;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// A number as a sum, the second part being what the first one has lost.
struct Sum {
  V high;
  V low;
};

// log2(1 + f) for f in [-0.25, 0.5], as 2 log2(e) atanh(q) with q = f / (f + 2).
Sum log2_of_fraction(VectorBuilder& b, V f) {
  // q
  const V divisor = b.add(f, b.constant(2));
  const V divisor_low = b.sub(f, b.sub(divisor, b.constant(2)));
  const V inverse = b.div(b.constant(1), divisor);
  const V q = b.mul(f, inverse);
  const V rest = b.fnma(q, divisor_low, b.fnma(q, divisor, f));
  const V q_low = b.mul(rest, inverse);
  // q^3 / 3
  constexpr float kThird = 1.0F / 3;
  constexpr float kThirdLow = static_cast<float>(1.0 / 3 - kThird);
  const V square = b.mul(q, q);
  const V square_low = b.fms(q, q, square);
  const V cube = b.mul(q, square);
  const V cube_low = b.fma(q, square_low, b.fms(q, square, cube));
  const V third = b.mul(cube, b.constant(kThird));
  V third_low = b.fms(cube, b.constant(kThird), third);
  third_low = b.fma(cube, b.constant(kThirdLow), third_low);
  third_low = b.fma(cube_low, b.constant(kThird), third_low);
  third_low = b.fma(square, q_low, third_low);
  // q^5 / 5 + …, least relative error of the whole 2^-34, found by a weighted fit.
  const V tail = b.polynomial(square, {0.11935764F, 0.14262843F, 0.20000196F});
  const V low = b.add(b.fma(b.mul(cube, square), tail, third_low), q_low);
  const V atanh = b.add(q, third);
  const V atanh_low = b.add(b.sub(third, b.sub(atanh, q)), low);
  // 2 log2(e)
  constexpr float kFactor = 2.88539004F;
  constexpr float kFactorLow = static_cast<float>(2.8853900817779268 - kFactor);
  const V high = b.mul(atanh, b.constant(kFactor));
  V high_low = b.fms(atanh, b.constant(kFactor), high);
  high_low = b.fma(atanh, b.constant(kFactorLow), high_low);
  return {high, b.fma(atanh_low, b.constant(kFactor), high_low)};
}

// log2 of x >= 0 or NaN; the low part of an infinite one is anything.
Sum log2(VectorBuilder& b, V x) {
  const FloatParts parts = split_float(b, x);
  const Sum fraction = log2_of_fraction(b, parts.fraction);
  // The exponent is 0 or the greater of both.
  const V sum = b.add(parts.exponent, fraction.high);
  const V lost = b.sub(fraction.high, b.sub(sum, parts.exponent));
  const V zero = b.compare(x, Comparison::kEqual, b.constant(0));
  const V infinite = b.compare(x, Comparison::kEqual, b.constant(kInfinity));
  const V high = b.select(zero, b.constant(-kInfinity), b.select(infinite, x, sum));
  return {high, b.add(lost, fraction.low)};
}

// 2^(high + low), where the low part may be anything if the high one is beyond 256.
V exp2(VectorBuilder& b, const Sum& x) {
  const V small = b.compare(b.abs(x.high), Comparison::kLess, b.constant(256));
  const V high = b.clamp(x.high, -160, 160);
  const V n = b.round(high, Rounding::kNearest);
  const V r = b.add(b.sub(high, n), b.bit_and(small, x.low));
  const V power = b.polynomial(
      r, {0.00015353254F, 0.0013399004F, 0.009618439F, 0.05550332F, 0.24022648F, 0.6931472F, 1});
  return scale_by_power(b, power, n);
}

}  // namespace

V pow(VectorBuilder& b, V x, V y) {
  const V magnitude = b.abs(x);
  const Sum logarithm = log2(b, magnitude);
  const V high = b.mul(y, logarithm.high);
  const V low = b.fma(y, logarithm.low, b.fms(y, logarithm.high, high));
  V result = exp2(b, {high, low});

  // A negative base: the sign of an odd power, NaN where the power is not integral.
  const V half = b.mul(y, b.constant(0.5F));
  const V integral = b.compare(b.round(y, Rounding::kNearest), Comparison::kEqual, y);
  const V halves_integral = b.compare(b.round(half, Rounding::kNearest), Comparison::kEqual, half);
  const V odd = b.bit_and_not(halves_integral, integral);
  result = b.bit_or(result, b.bit_and(b.bit_and(x, b.bits(0x80000000U)), odd));
  const V negative = b.bit_and(b.compare(x, Comparison::kLess, b.constant(0)),
                               b.compare(x, Comparison::kGreater, b.constant(-kInfinity)));
  // All bits set are NaN.
  result = b.bit_or(result, b.bit_and_not(integral, negative));
  result = b.bit_or(result, b.compare(x, Comparison::kUnordered, y));

  // 1 whatever the other operand is, and (-1)^inf.
  const V one = b.constant(1);
  const V base_is_one = b.compare(x, Comparison::kEqual, one);
  const V unit_base = b.compare(magnitude, Comparison::kEqual, one);
  const V infinite_power = b.compare(b.abs(y), Comparison::kEqual, b.constant(kInfinity));
  V always_one = b.compare(y, Comparison::kEqual, b.constant(0));
  always_one = b.bit_or(always_one, base_is_one);
  always_one = b.bit_or(always_one, b.bit_and(unit_base, infinite_power));
  return b.select(always_one, one, result);
}

}  // namespace tenon::internal::lanes
