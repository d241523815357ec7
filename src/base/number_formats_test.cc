#include "base/number_formats.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

namespace tenon::internal {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct FormatCase {
  std::string name;
  FloatFormat format;
  // From the standards: patterns of 1, the largest finite value, infinity (-1: none) and NaN.
  uint16_t one;
  uint16_t largest_pattern;
  double largest;
  int infinity;
  uint16_t nan;
};

void PrintTo(const FormatCase& format, std::ostream* out) { *out << format.name; }

const std::array<FormatCase, 6> kCases = {{
    {"f16", kF16, 0x3C00, 0x7BFF, 65504, 0x7C00, 0x7E00},
    {"bf16", kBF16, 0x3F80, 0x7F7F, 3.3895313892515355e38, 0x7F80, 0x7FC0},
    {"e4m3fn", kF8E4M3FN, 0x38, 0x7E, 448, -1, 0x7F},
    {"e4m3fnuz", kF8E4M3FNUZ, 0x40, 0x7F, 240, -1, 0x80},
    {"e5m2", kF8E5M2, 0x3C, 0x7B, 57344, 0x7C, 0x7E},
    {"e5m2fnuz", kF8E5M2FNUZ, 0x40, 0x7F, 57344, -1, 0x80},
}};

class NumberFormat : public ::testing::TestWithParam<FormatCase> {
 protected:
  const FloatFormat& format() const { return GetParam().format; }
  unsigned sign_bit() const { return 1U << (format().exponent_bits + format().mantissa_bits); }

  // The textbook formula for a finite magnitude.
  double slow_value(unsigned magnitude) const {
    const double steps = std::pow(2.0, format().mantissa_bits);
    const double mantissa = std::fmod(magnitude, steps) / steps;
    const double exponent = std::floor(magnitude / steps);
    return exponent == 0 ? mantissa * std::pow(2.0, 1 - format().bias)
                         : (1 + mantissa) * std::pow(2.0, exponent - format().bias);
  }
};

TEST_P(NumberFormat, DecodesEveryFinitePatternByTheTextbook) {
  for (unsigned magnitude = 0; magnitude <= GetParam().largest_pattern; ++magnitude) {
    ASSERT_EQ(decode(format(), static_cast<uint16_t>(magnitude)), slow_value(magnitude));
    const unsigned negative = magnitude | sign_bit();
    if (negative == GetParam().nan) continue;
    ASSERT_EQ(decode(format(), static_cast<uint16_t>(negative)), -slow_value(magnitude));
  }
  EXPECT_EQ(slow_value(GetParam().largest_pattern), GetParam().largest);
}

TEST_P(NumberFormat, EveryPatternSurvivesARoundTrip) {
  for (unsigned bits = 0; bits < 2 * sign_bit(); ++bits) {
    const float value = decode(format(), static_cast<uint16_t>(bits));
    const uint16_t back = encode(format(), value, Overflow::kSpecial);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(decode(format(), back))) << bits;
    } else {
      ASSERT_EQ(back, bits);
    }
  }
}

TEST_P(NumberFormat, PatternsBeyondTheLargestAreSpecial) {
  for (unsigned bits = 0; bits < 2 * sign_bit(); ++bits) {
    const float value = decode(format(), static_cast<uint16_t>(bits));
    const unsigned magnitude = bits & (sign_bit() - 1);
    const bool infinite = static_cast<int>(magnitude) == GetParam().infinity;
    const bool finite = magnitude <= GetParam().largest_pattern &&
                        !(GetParam().nan == sign_bit() && bits == sign_bit());
    ASSERT_EQ(std::isfinite(value), finite) << bits;
    ASSERT_EQ(std::isinf(value), infinite) << bits;
  }
}

TEST_P(NumberFormat, RoundsToTheNearestAndTiesToEven) {
  for (unsigned lower = 0; lower < GetParam().largest_pattern; ++lower) {
    const unsigned even = lower % 2 == 0 ? lower : lower + 1;
    const double middle = (slow_value(lower) + slow_value(lower + 1)) / 2;
    const auto rounded = [&](double value) { return encode(format(), value, Overflow::kSpecial); };
    ASSERT_EQ(rounded(middle), even);
    ASSERT_EQ(rounded(std::nextafter(middle, 0)), lower);
    ASSERT_EQ(rounded(std::nextafter(middle, kInfinity)), lower + 1);
    if (even != 0) {
      ASSERT_EQ(rounded(-middle), even | sign_bit());
    }
  }
}

TEST_P(NumberFormat, OverflowSaturatesOrIsSpecial) {
  const FormatCase& expected = GetParam();
  const double step = expected.largest - slow_value(expected.largest_pattern - 1U);
  const double beyond = expected.largest + step;
  const double just_inside = std::nextafter(expected.largest + step / 2, 0);
  const auto special =
      expected.infinity < 0 ? expected.nan : static_cast<uint16_t>(expected.infinity);
  EXPECT_EQ(encode(format(), just_inside, Overflow::kSpecial), expected.largest_pattern);
  for (const double value : {beyond, 1e300, kInfinity}) {
    EXPECT_EQ(encode(format(), value, Overflow::kSpecial), special) << value;
    EXPECT_EQ(encode(format(), -value, Overflow::kSpecial), special | sign_bit()) << value;
    EXPECT_EQ(encode(format(), value, Overflow::kSaturate), expected.largest_pattern) << value;
    EXPECT_EQ(encode(format(), -value, Overflow::kSaturate), expected.largest_pattern | sign_bit())
        << value;
  }
}

TEST_P(NumberFormat, KnowsNaNZeroAndOne) {
  const bool one_zero = GetParam().format.specials == FloatFormat::Specials::kFnuz;
  for (const Overflow overflow : {Overflow::kSpecial, Overflow::kSaturate}) {
    EXPECT_EQ(encode(format(), kNaN, overflow), GetParam().nan);
    EXPECT_EQ(encode(format(), 0.0, overflow), 0);
    EXPECT_EQ(encode(format(), -0.0, overflow), one_zero ? 0 : sign_bit());
    EXPECT_EQ(encode(format(), 1.0, overflow), GetParam().one);
    EXPECT_EQ(encode(format(), 5e-324, overflow), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(All, NumberFormat, ::testing::ValuesIn(kCases),
                         [](const auto& format) { return format.param.name; });

TEST(NumberFormats, DoublesAreRoundedOnce) {
  // Through a float, the last bit is lost and the tie goes down.
  const double value = 1 + std::ldexp(1, -8) + std::ldexp(1, -30);
  EXPECT_EQ(from_bf16(to_bf16(value)), 1.0078125F);
  EXPECT_EQ(from_bf16(to_bf16(static_cast<float>(value))), 1.0F);
  EXPECT_EQ(from_f16(to_f16(1 + std::ldexp(1, -11) + std::ldexp(1, -40))), 1 + std::ldexp(1, -10));
}

TEST(NumberFormats, IntegersBeyondADoubleRoundOnce) {
  const int64_t above_tie = (int64_t{1} << 62) + (int64_t{1} << 38) + 1;
  const float nearest = std::ldexp(1.0F, 62) + std::ldexp(1.0F, 39);
  EXPECT_EQ(static_cast<float>(round_to_odd(above_tie)), nearest);
  EXPECT_EQ(static_cast<float>(round_to_odd(-above_tie)), -nearest);
  EXPECT_EQ(static_cast<float>(round_to_odd(above_tie - 1)), std::ldexp(1.0F, 62));
  EXPECT_EQ(round_to_odd(std::numeric_limits<int64_t>::min()), -std::ldexp(1.0, 63));
  EXPECT_EQ(round_to_odd(int64_t{-12345}), -12345.0);
  EXPECT_EQ(static_cast<float>(round_to_odd(std::numeric_limits<uint64_t>::max())),
            std::ldexp(1.0F, 64));
  EXPECT_EQ(round_to_odd((uint64_t{1} << 53) - 1), std::ldexp(1.0, 53) - 1);
}

TEST(NumberFormats, NibblesArePackedLowHalfFirst) {
  std::vector<std::byte> bytes(2, std::byte{0xFF});
  set_nibble(bytes, 0, 0x3);
  set_nibble(bytes, 1, 0x8);
  set_nibble(bytes, 2, 0xF7);
  EXPECT_EQ(bytes[0], std::byte{0x83});
  EXPECT_EQ(bytes[1], std::byte{0xF7});
  EXPECT_EQ(uint4_at(bytes, 0), 3);
  EXPECT_EQ(uint4_at(bytes, 1), 8);
  EXPECT_EQ(int4_at(bytes, 1), -8);
  EXPECT_EQ(int4_at(bytes, 2), 7);
  EXPECT_EQ(int4_at(bytes, 3), -1);
}

}  // namespace
}  // namespace tenon::internal
