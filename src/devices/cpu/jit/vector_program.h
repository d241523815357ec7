// Programs over vector registers of f32 lanes, without jumps: what a pointwise program becomes
// before registers are assigned. Values are SSA. A bool is a lane with all bits set or none;
// integers are lanes of 32 bits.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

enum class VectorOp : uint8_t {
  kInput,  // number `immediate` of the pointwise program
  kAdd,
  kSub,
  kMul,
  kDiv,
  // As the instructions have it: the second operand where one of both is NaN, or both are zero.
  kMin,
  kMax,
  // Rounded once.
  kFma,   // a * b + c
  kFms,   // a * b - c
  kFnma,  // c - a * b
  kSqrt,
  kRound,  // to an integral value; `immediate`: a Rounding
  kAnd,
  kAndNot,  // ~a & b
  kOr,
  kXor,
  kCompare,  // `immediate`: a Comparison
  kSelect,   // b where a is set, else c
  kToInt,    // rounded to nearest even
  kToFloat,
  kAddInt,
  kSubInt,
  kShiftLeft,             // by `immediate` bits
  kShiftRight,            // shifting in zeros
  kShiftRightArithmetic,  // shifting in the sign
  // The float at byte `immediate` + 4 * a of the tables. On AVX2 b has all bits set and is
  // clobbered.
  kGather,
  // Only on AVX-512.
  kScale,     // a * 2^floor(b), rounded once
  kExponent,  // floor(log2(|a|)) as a float; -inf of 0, inf of infinities
  kMantissa,  // |a| / 2^e in [0.75, 1.5); NaN below 0
  kKeepNan,   // a, but b where b is NaN; c is the constant kNanTable
};

// The encoding of vrndscaleps and vroundps: inexact results raise nothing.
enum class Rounding : uint8_t { kNearest = 8, kFloor = 9, kCeil = 10 };

// The encoding of vcmpps. False for NaN, but for kNotEqual, kUnordered and kAlways.
enum class Comparison : uint8_t {
  kEqual = 0x00,
  kUnordered = 0x03,
  kNotEqual = 0x04,
  kAlways = 0x0f,
  kLess = 0x11,
  kLessOrEqual = 0x12,
  kGreaterOrEqual = 0x1d,
  kGreater = 0x1e,
};

// A value or a constant, as operand of an instruction.
class VectorOperand {
 public:
  constexpr VectorOperand() = default;
  // The result of an instruction of the program, or an entry of its constants.
  static constexpr VectorOperand value(size_t index) {
    return VectorOperand(static_cast<int32_t>(index));
  }
  static constexpr VectorOperand constant(size_t index) {
    return VectorOperand(-2 - static_cast<int32_t>(index));
  }

  constexpr bool present() const { return code_ != -1; }
  constexpr bool is_value() const { return code_ >= 0; }
  constexpr bool is_constant() const { return code_ < -1; }
  // Among the values, or among the constants.
  constexpr size_t index() const { return static_cast<size_t>(is_constant() ? -2 - code_ : code_); }
  bool operator==(const VectorOperand&) const = default;

 private:
  explicit constexpr VectorOperand(int32_t code) : code_(code) {}

  int32_t code_ = -1;
};

// What makes vfixupimmps replace what stands where the other operand is NaN.
inline constexpr uint32_t kNanTable = 0x21;

// Constants may be: one operand of an instruction with two; b and c of kFma, kFms, kFnma and
// kSelect, and on AVX-512 a of kSelect where b and c are none. All else are values.
struct VectorInstruction {
  VectorOp op = VectorOp::kInput;
  uint32_t immediate = 0;
  std::array<VectorOperand, 3> operands;
};

struct VectorProgram {
  std::vector<VectorInstruction> body;
  // Bits of a lane; all lanes have the same.
  std::vector<uint32_t> constants;
  // Behind one another: what kGather reads.
  std::vector<float> tables;
  VectorOperand output;
};

}  // namespace tenon::internal
