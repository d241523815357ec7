// Sine and cosine of any float. x is m * 2^k with an integral m below 2^24, so that x / (pi/2)
// modulo 4 is that of m * t, where t = 2^k / (pi/2) modulo 4 stands in a table. t is a sum of three
// floats, the first two with so few bits that their products with m have exact fractions.
#include "devices/cpu/jit/functions.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace tenon::internal::lanes {
namespace {

using V = VectorOperand;

// 2 / pi, without the point in front.
constexpr std::array<uint32_t, 7> kTwoOverPi = {0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0,
                                                0xDB629599, 0x3C439041, 0xFE5163AB};

// 32 binary places of 2 / pi, the first one being `place` places behind the point; zeros in front.
uint32_t places_from(int place) {
  uint32_t result = 0;
  for (int i = 0; i < 32; ++i) {
    const int at = place + i;
    const bool inside = at >= 0 && at < 32 * static_cast<int>(kTwoOverPi.size());
    const uint32_t word = inside ? kTwoOverPi[static_cast<size_t>(at / 32)] : 0;
    result = result << 1 | (inside ? word >> (31 - at % 32) & 1U : 0U);
  }
  return result;
}

// x / 2^by, to nearest.
int64_t rounded_shift(int64_t x, int by) { return (x + (int64_t{1} << (by - 1))) >> by; }

// t in [-2, 2) as a sum of a multiple of 2^-23, one of 2^-47, and what remains.
std::array<float, 3> parts_of_turn(int k) {
  // t in fixed point: the places from 2^1 to 2^-62.
  const int first = k - 2;
  const uint64_t places = uint64_t{places_from(first)} << 32 | places_from(first + 32);
  const int64_t high = rounded_shift(static_cast<int64_t>(places) / 2, 38);
  const auto rest = static_cast<int64_t>(places - (static_cast<uint64_t>(high) << 39));
  const int64_t middle = rounded_shift(rest, 15);
  const auto low = static_cast<double>(rest - middle * (int64_t{1} << 15));
  const auto beyond = static_cast<double>(places_from(first + 64));
  return {std::ldexp(static_cast<float>(high), -23), std::ldexp(static_cast<float>(middle), -47),
          static_cast<float>(std::ldexp(low, -62) + std::ldexp(beyond, -94))};
}

// For each exponent of a float; NaN for the one of infinities and NaNs.
std::array<std::vector<float>, 3> turn_tables() {
  constexpr int kExponents = 256;
  constexpr int kBias = 150;  // where the mantissa is an integer
  std::array<std::vector<float>, 3> tables;
  for (int exponent = 0; exponent < kExponents - 1; ++exponent) {
    const std::array<float, 3> parts = parts_of_turn(exponent - kBias);
    for (size_t i = 0; i < parts.size(); ++i) tables[i].push_back(parts[i]);
  }
  for (std::vector<float>& table : tables) {
    table.push_back(std::numeric_limits<float>::quiet_NaN());
  }
  return tables;
}

// |x| in quarter turns: q + r, q an integer modulo 2^32, r in [-0.5, 0.5].
struct QuarterTurns {
  V q;
  V r;
};

QuarterTurns quarter_turns(VectorBuilder& b, V x) {
  const std::array<std::vector<float>, 3> tables = turn_tables();
  const V exponent = b.shift_right(b.abs(x), 23);
  const V high = b.gather(exponent, b.table(tables[0]));
  const V middle = b.gather(exponent, b.table(tables[1]));
  const V low = b.gather(exponent, b.table(tables[2]));
  // The mantissa in front of the exponent of 2^23.
  const V m = b.bit_or(b.bit_and(x, b.bits(0x007FFFFFU)), b.bits(0x4B000000U));

  // Exact: all are multiples of 2^-23.
  const V product = b.mul(m, high);
  const V lost = b.fms(m, high, product);
  const V whole = b.round(product, Rounding::kNearest);
  const V fraction = b.add(b.sub(product, whole), lost);
  const V more = b.round(fraction, Rounding::kNearest);
  const V first = b.sub(fraction, more);

  const V second = b.mul(m, middle);
  const V third = b.fma(m, low, b.fms(m, middle, second));
  const V sum = b.add(first, second);
  const V added = b.sub(sum, first);
  const V error = b.add(b.sub(first, b.sub(sum, added)), b.sub(second, added));
  const V last = b.round(sum, Rounding::kNearest);
  return {b.add_int(b.to_int(whole), b.to_int(b.add(more, last))),
          b.add(b.sub(sum, last), b.add(error, third))};
}

// The sine of a number of quarter turns.
V sine(VectorBuilder& b, const QuarterTurns& turns) {
  const V angle = b.mul(turns.r, b.constant(1.57079637F));
  const V square = b.mul(angle, angle);
  // Fits of least relative error on [-pi/4, pi/4], 2^-26.8 and 2^-33.
  const V sine_tail = b.polynomial(square, {-0.00019514632F, 0.008332156F, -0.16666655F});
  const V cosine_tail = b.polynomial(square, {2.4432413e-05F, -0.001388731F, 0.041666646F});
  const V sine = b.fma(b.mul(angle, square), sine_tail, angle);
  const V cosine =
      b.fma(b.mul(square, square), cosine_tail, b.fma(square, b.constant(-0.5F), b.constant(1)));
  const V value = b.select_negative(b.shift_left(turns.q, 31), cosine, sine);
  const V sign = b.bit_and(b.shift_left(turns.q, 30), b.bits(0x80000000U));
  return b.bit_xor(value, sign);
}

}  // namespace

V sin(VectorBuilder& b, V x) {
  const V of_magnitude = sine(b, quarter_turns(b, x));
  const V result = b.bit_xor(of_magnitude, b.bit_and(x, b.bits(0x80000000U)));
  // Small numbers are their own sine; the tables have too few places for them.
  constexpr float kSmall = 1.0F / 4096;
  return b.select(b.compare(b.abs(x), Comparison::kLess, b.constant(kSmall)), x, result);
}

V cos(VectorBuilder& b, V x) {
  const QuarterTurns turns = quarter_turns(b, x);
  return sine(b, {b.add_int(turns.q, b.bits(1)), turns.r});
}

}  // namespace tenon::internal::lanes
