// Sine and cosine of any float. x is m * 2^k with an integral m below 2^24, so that x / (pi/2)
// modulo 4 is that of m * t, where t = 2^k / (pi/2) modulo 4 stands in a table, as a sum of floats
// with so few bits that their products with m have exact fractions.
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

// t in [-2, 2) as a sum of multiples of 2^-23, 2^-47, 2^-71 and 2^-94, each a float.
constexpr size_t kParts = 4;
std::array<float, kParts> parts_of_turn(int k) {
  // t in fixed point: the places from 2^1 to 2^-62, and then on to 2^-94.
  const int first = k - 2;
  const uint64_t places = uint64_t{places_from(first)} << 32 | places_from(first + 32);
  const int64_t part_23 = rounded_shift(static_cast<int64_t>(places) / 2, 38);
  const auto below_23 = static_cast<int64_t>(places - (static_cast<uint64_t>(part_23) << 39));
  const int64_t part_47 = rounded_shift(below_23, 15);
  const int64_t below_47 =
      (below_23 - part_47 * (int64_t{1} << 15)) * (int64_t{1} << 32) + places_from(first + 64);
  const int64_t part_71 = rounded_shift(below_47, 23);
  const int64_t below_71 = below_47 - part_71 * (int64_t{1} << 23);
  const auto scaled = [](int64_t part, int exponent) {
    return std::ldexp(static_cast<float>(part), exponent);
  };
  return {scaled(part_23, -23), scaled(part_47, -47), scaled(part_71, -71), scaled(below_71, -94)};
}

// For each exponent of a float; NaN for the one of infinities and NaNs.
std::array<std::vector<float>, kParts> turn_tables() {
  constexpr int kExponents = 256;
  constexpr int kBias = 150;  // where the mantissa is an integer
  std::array<std::vector<float>, kParts> tables;
  for (int exponent = 0; exponent < kExponents - 1; ++exponent) {
    const std::array<float, kParts> parts = parts_of_turn(exponent - kBias);
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
  const std::array<std::vector<float>, kParts> tables = turn_tables();
  const V exponent = b.shift_right(b.abs(x), 23);
  std::array<V, kParts> t;
  for (size_t i = 0; i < t.size(); ++i) t[i] = b.gather(exponent, b.table(tables[i]));
  // The mantissa in front of the exponent of 2^23.
  const V m = b.bit_or(b.bit_and(x, b.bits(0x007FFFFFU)), b.bits(0x4B000000U));

  // Exact: all are multiples of 2^-23, and less than 2 where integers are gone.
  const V product = b.mul(m, t[0]);
  const V lost = b.fms(m, t[0], product);
  const V whole = b.round(product, Rounding::kNearest);
  const V fraction = b.add(b.sub(product, whole), lost);
  const V more = b.round(fraction, Rounding::kNearest);
  const V first = b.sub(fraction, more);

  // The sum of first and second, and what it loses: multiples of 2^-47.
  const V second = b.mul(m, t[1]);
  const V second_lost = b.fms(m, t[1], second);
  const V sum = b.add(first, second);
  const V added = b.sub(sum, first);
  const V sum_lost = b.add(b.sub(first, b.sub(sum, added)), b.sub(second, added));
  const V last = b.round(sum, Rounding::kNearest);
  // Exact where x is so near to a quarter turn that little remains.
  const V rest = b.add(b.sub(sum, last), b.add(sum_lost, second_lost));
  return {b.add_int(b.to_int(whole), b.to_int(b.add(more, last))),
          b.fma(m, t[3], b.fma(m, t[2], rest))};
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
