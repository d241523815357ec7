#include "base/number_formats.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace tenon::internal {
namespace {

constexpr int kDoubleMantissa = 52;
constexpr int kDoubleBias = 1023;

uint16_t with_sign(const FloatFormat& format, bool negative, unsigned magnitude) {
  const unsigned sign = negative ? 1U << format.sign_shift() : 0U;
  return static_cast<uint16_t>(sign | magnitude);
}

uint16_t nan_pattern(const FloatFormat& format, bool negative) {
  switch (format.specials) {
    case FloatFormat::Specials::kIeee:
      // The quiet NaN: the top bit of the mantissa set.
      return with_sign(format, negative,
                       format.max_pattern() + 1U + (1U << (format.mantissa_bits - 1)));
    case FloatFormat::Specials::kFn:
      return with_sign(format, negative, format.max_pattern() + 1U);
    case FloatFormat::Specials::kFnuz:
      break;
  }
  return with_sign(format, true, 0);
}

uint16_t overflow_pattern(const FloatFormat& format, bool negative, Overflow overflow) {
  if (overflow == Overflow::kSaturate) return with_sign(format, negative, format.max_pattern());
  if (format.specials != FloatFormat::Specials::kIeee) return nan_pattern(format, negative);
  return with_sign(format, negative, format.max_pattern() + 1U);
}

// value >> shift, rounded to nearest even. 0 < shift < 64.
uint64_t shift_right_even(uint64_t value, int shift) {
  const uint64_t half = uint64_t{1} << (shift - 1);
  const uint64_t odd = (value >> shift) & 1;
  return (value + half - 1 + odd) >> shift;
}

}  // namespace

uint16_t encode(const FloatFormat& format, double value, Overflow overflow) {
  const bool negative = std::signbit(value);
  if (std::isnan(value)) return nan_pattern(format, negative);
  if (std::isinf(value)) return overflow_pattern(format, negative, overflow);

  const uint64_t bits = std::bit_cast<uint64_t>(std::abs(value));
  // The exponent field that the value asks for; 0 and below are subnormal.
  const int exponent = static_cast<int>(bits >> kDoubleMantissa) - kDoubleBias + format.bias;
  if (exponent >= 1 << format.exponent_bits) return overflow_pattern(format, negative, overflow);
  const int narrowing = kDoubleMantissa - format.mantissa_bits;

  uint64_t magnitude = 0;
  if (exponent > 0) {
    // A mantissa that rounds up to 2 carries into the exponent, which is the next value.
    const uint64_t rebased =
        bits - (static_cast<uint64_t>(kDoubleBias - format.bias) << kDoubleMantissa);
    magnitude = shift_right_even(rebased, narrowing);
  } else if (exponent > -format.mantissa_bits - 1) {
    constexpr uint64_t kImplicit = uint64_t{1} << kDoubleMantissa;
    const uint64_t mantissa = (bits & (kImplicit - 1)) | kImplicit;
    magnitude = shift_right_even(mantissa, narrowing + 1 - exponent);
  }
  if (magnitude > format.max_pattern()) return overflow_pattern(format, negative, overflow);
  if (magnitude == 0 && format.specials == FloatFormat::Specials::kFnuz) return 0;
  return with_sign(format, negative, static_cast<unsigned>(magnitude));
}

float decode(const FloatFormat& format, uint16_t bits) {
  const bool negative = ((bits >> format.sign_shift()) & 1) != 0;
  const unsigned magnitude = bits & ((1U << format.sign_shift()) - 1);
  const float sign = negative ? -1.0F : 1.0F;
  if (format.specials == FloatFormat::Specials::kFnuz && negative && magnitude == 0) {
    return std::numeric_limits<float>::quiet_NaN();
  }
  if (magnitude > format.max_pattern()) {
    const bool infinite =
        format.specials == FloatFormat::Specials::kIeee && magnitude == format.max_pattern() + 1U;
    return std::copysign(
        infinite ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN(),
        sign);
  }
  const unsigned mantissa = magnitude & ((1U << format.mantissa_bits) - 1);
  const int exponent = static_cast<int>(magnitude >> format.mantissa_bits);
  const unsigned significand = exponent == 0 ? mantissa : mantissa | 1U << format.mantissa_bits;
  const auto scale =
      std::bit_cast<double>(static_cast<uint64_t>(kDoubleBias + std::max(exponent, 1) -
                                                  format.bias - format.mantissa_bits)
                            << kDoubleMantissa);
  return sign * static_cast<float>(significand * scale);
}

double round_to_odd(uint64_t value) {
  constexpr int kSignificandBits = kDoubleMantissa + 1;
  const int excess = static_cast<int>(std::bit_width(value)) - kSignificandBits;
  if (excess <= 0) return static_cast<double>(value);
  const uint64_t lost = (uint64_t{1} << excess) - 1;
  const uint64_t last = (value & lost) != 0 ? lost + 1 : 0;
  return static_cast<double>((value & ~lost) | last);
}

double round_to_odd(int64_t value) {
  if (value >= 0) return round_to_odd(static_cast<uint64_t>(value));
  return -round_to_odd(uint64_t{0} - static_cast<uint64_t>(value));
}

uint8_t uint4_at(std::span<const std::byte> bytes, size_t index) {
  const auto pair = std::to_integer<unsigned>(bytes[index / 2]);
  return static_cast<uint8_t>(index % 2 == 0 ? pair & 0xF : pair >> 4);
}

int8_t int4_at(std::span<const std::byte> bytes, size_t index) {
  const int nibble = uint4_at(bytes, index);
  return static_cast<int8_t>(nibble < 8 ? nibble : nibble - 16);
}

void set_nibble(std::span<std::byte> bytes, size_t index, uint8_t value) {
  const int shift = index % 2 == 0 ? 0 : 4;
  std::byte& pair = bytes[index / 2];
  pair = (pair & ~(std::byte{0xF} << shift)) | (std::byte{value} & std::byte{0xF}) << shift;
}

}  // namespace tenon::internal
