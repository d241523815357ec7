// Functions made of e^x = 2^n * e^r, where n is x / ln 2 rounded to an integer.
#include "devices/cpu/jit/functions.h"

#include <bit>
#include <limits>

namespace tenon::internal::lanes {
namespace {

using V = VectorOperand;

constexpr float kLog2E = 1.44269502F;
// ln 2 as a sum.
constexpr float kLn2High = 0.693147182F;
constexpr float kLn2Low = -1.90465421e-9F;
// Added to a number, rounds it to an integer, which the low bits of the sum then are.
constexpr float kToIntegerShift = 12582912.0F;
constexpr uint32_t kOne = std::bit_cast<uint32_t>(1.0F);

// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2, highest power first: least relative error of e^r - 1
// (2^-26.8), found by a weighted fit.
constexpr float kC6 = 0.0013882499F;
constexpr float kC5 = 0.008366548F;
constexpr float kC4 = 0.0416672F;
constexpr float kC3 = 0.16666543F;
constexpr float kC2 = 0.49999997F;

// x = n ln 2 + r
struct Reduced {
  V shifted;  // n + kToIntegerShift
  V n;
  V r;
};

// `sign` is 1, or -1 to reduce -x: r is then negated.
Reduced reduce(VectorBuilder& b, V x, float sign) {
  const V shift = b.constant(kToIntegerShift);
  const V shifted = b.fma(x, b.constant(sign * kLog2E), shift);
  const V n = b.sub(shifted, shift);
  const V coarse = b.fnma(n, b.constant(sign * kLn2High), x);
  return {shifted, n, b.fnma(n, b.constant(sign * kLn2Low), coarse)};
}

// e^(sign * r)
V exp_of_fraction(VectorBuilder& b, V r, float sign) {
  return b.polynomial(r, {kC6, sign * kC5, kC4, sign * kC3, kC2, sign, 1});
}

// e^(sign * x) for x that is not NaN, and NaN for NaN.
V exp_of_signed(VectorBuilder& b, V x, float sign) {
  // Beyond these it is 0 or infinite.
  constexpr float kLowest = -104;
  constexpr float kHighest = 89;
  const V inside = sign > 0 ? b.clamp(x, kLowest, kHighest) : b.clamp(x, -kHighest, -kLowest);
  const Reduced reduced = reduce(b, inside, sign);
  return scale_by_power(b, exp_of_fraction(b, reduced.r, sign), reduced.n);
}

// e^x - 1 for x in [-80, 0]. With one constant for ln 2: its error grows with n, by which its
// effect on the result shrinks.
V expm1_in_range(VectorBuilder& b, V x) {
  const V shift = b.constant(kToIntegerShift);
  const V shifted = b.fma(x, b.constant(kLog2E), shift);
  const V r = b.fnma(b.sub(shifted, shift), b.constant(kLn2High), x);
  const V square = b.mul(r, r);
  const V of_fraction = b.fma(square, b.polynomial(r, {kC6, kC5, kC4, kC3, kC2}), r);
  const V power = b.add_int(b.shift_left(shifted, 23), b.bits(kOne));
  return b.fma(power, of_fraction, b.sub(power, b.constant(1)));
}

}  // namespace

V scale_by_power(VectorBuilder& b, V x, V n) {
  if (b.isa() == Isa::kAvx512) return b.scale(x, n);
  // 2^n may be no float; 2^(n/2) is one, and only the second product rounds.
  const V whole = b.to_int(n);
  const V half = b.shift_right_arithmetic(whole, 1);
  const V rest = b.sub_int(whole, half);
  const V one = b.bits(kOne);
  const V scaled = b.mul(x, b.add_int(b.shift_left(half, 23), one));
  return b.mul(scaled, b.add_int(b.shift_left(rest, 23), one));
}

V exp(VectorBuilder& b, V x) { return exp_of_signed(b, x, 1); }

V expm1_negative(VectorBuilder& b, V x) {
  // Below -20 the result is -1.
  return expm1_in_range(b, b.clamp(x, -20, 0));
}

V sigmoid(VectorBuilder& b, V x) {
  return b.div(b.constant(1), b.add(exp_of_signed(b, x, -1), b.constant(1)));
}

// -E / (2 + E) with E = e^(-2|x|) - 1, which is exact to the last places for small x too.
V tanh(VectorBuilder& b, V x) {
  // Beyond -10 the result is 1. NaN stays NaN.
  const V negative = b.max(b.constant(-10), b.bit_or(x, b.bits(0x80000000U)));
  const V e = expm1_in_range(b, b.add(negative, negative));
  return b.copy_sign(b.div(e, b.add(e, b.constant(2))), x);
}

// 1 - e^(-|x| h(|x|)), where h(x) = -ln(erfc(x)) / x; the polynomial is a fit of the least relative
// error of the result (2^-24.1) up to 3.93, where the result becomes 1.
V erf(VectorBuilder& b, V x) {
  const V magnitude = b.min(b.constant(3.93F), b.abs(x));
  const V h =
      b.polynomial(magnitude, {4.0707022e-05F, -0.0003809964F, 0.0012517407F, 0.00020571808F,
                               -0.019321717F, 0.10281441F, 0.63661647F, 1.1283792F});
  const V e = expm1_in_range(b, b.negate(b.mul(magnitude, h)));
  return b.copy_sign(e, x);
}

}  // namespace tenon::internal::lanes
