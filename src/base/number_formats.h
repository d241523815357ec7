#pragma once

// Numbers in the narrow formats that C++ lacks: f16, bf16, the four fp8 formats of ONNX, and packed
// four-bit integers. Conversions from double round once, to nearest even; a float is a double, so
// there is one encoder.

#include <cstddef>
#include <cstdint>
#include <span>

namespace tenon::internal {

// A binary floating format of at most 16 bits, with subnormals.
struct FloatFormat {
  // What the patterns at the end of the range mean.
  enum class Specials : uint8_t {
    kIeee,  // the largest exponent holds infinity and NaN
    kFn,    // no infinity; only the all-ones magnitude is NaN
    kFnuz,  // no infinity and no negative zero, whose pattern is the one NaN
  };

  int exponent_bits;
  int mantissa_bits;
  int bias;
  Specials specials;

  constexpr int sign_shift() const { return exponent_bits + mantissa_bits; }
  // Pattern of the largest finite magnitude.
  constexpr uint16_t max_pattern() const;
};

inline constexpr FloatFormat kF16 = {5, 10, 15, FloatFormat::Specials::kIeee};
inline constexpr FloatFormat kBF16 = {8, 7, 127, FloatFormat::Specials::kIeee};
inline constexpr FloatFormat kF8E4M3FN = {4, 3, 7, FloatFormat::Specials::kFn};
inline constexpr FloatFormat kF8E4M3FNUZ = {4, 3, 8, FloatFormat::Specials::kFnuz};
inline constexpr FloatFormat kF8E5M2 = {5, 2, 15, FloatFormat::Specials::kIeee};
inline constexpr FloatFormat kF8E5M2FNUZ = {5, 2, 16, FloatFormat::Specials::kFnuz};

// What becomes of a value that rounds beyond the largest finite one, infinity included.
enum class Overflow : uint8_t {
  kSpecial,   // infinity, or NaN where the format has none
  kSaturate,  // the largest finite value: the default of ONNX's Cast to fp8
};

// The bit pattern nearest to `value`, ties to even. NaN keeps its sign, not its payload.
uint16_t encode(const FloatFormat& format, double value, Overflow overflow);

// The value of a bit pattern; every format's values are floats.
float decode(const FloatFormat& format, uint16_t bits);

inline uint16_t to_f16(double value) { return encode(kF16, value, Overflow::kSpecial); }
inline uint16_t to_bf16(double value) { return encode(kBF16, value, Overflow::kSpecial); }
inline float from_f16(uint16_t bits) { return decode(kF16, bits); }
inline float from_bf16(uint16_t bits) { return decode(kBF16, bits); }

// A 64-bit integer as a double that rounds to every narrower format as the integer itself would:
// bits that a double cannot hold are folded into its last one.
double round_to_odd(int64_t value);
double round_to_odd(uint64_t value);

// Four-bit integers, two to a byte, low half first. `bytes` holds element `index`.
int8_t int4_at(std::span<const std::byte> bytes, size_t index);
uint8_t uint4_at(std::span<const std::byte> bytes, size_t index);
// Stores the low four bits of `value`; the other half of the byte stays.
void set_nibble(std::span<std::byte> bytes, size_t index, uint8_t value);

constexpr uint16_t FloatFormat::max_pattern() const {
  const int magnitude = (1 << sign_shift()) - 1;
  switch (specials) {
    case Specials::kIeee:
      return static_cast<uint16_t>(magnitude - (1 << mantissa_bits));
    case Specials::kFn:
      return static_cast<uint16_t>(magnitude - 1);
    case Specials::kFnuz:
      break;
  }
  return static_cast<uint16_t>(magnitude);
}

}  // namespace tenon::internal
