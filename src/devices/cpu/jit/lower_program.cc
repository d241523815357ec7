#include "devices/cpu/jit/lower_program.h"

#include "base/check.h"
#include "devices/cpu/jit/functions.h"
#include "devices/cpu/jit/vector_builder.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using Instruction = PointwiseProgram::Instruction;
using V = VectorOperand;

// Functions that nobody has written over lanes.
bool has_no_lanes(ScalarCode code) {
  switch (code) {
    case ScalarCode::kTan:
    case ScalarCode::kAsin:
    case ScalarCode::kAcos:
    case ScalarCode::kAtan:
    case ScalarCode::kSinh:
    case ScalarCode::kCosh:
    case ScalarCode::kAsinh:
    case ScalarCode::kAcosh:
    case ScalarCode::kAtanh:
      return true;
    default:
      return false;
  }
}

bool is_lane_type(DataType type) { return type == DataType::kFloat32 || type == DataType::kBool; }

V sign(VectorBuilder& b, V x) {
  const V zero = b.constant(0);
  const V positive = b.bit_and(b.compare(x, Comparison::kGreater, zero), b.constant(1));
  const V negative = b.bit_and(b.compare(x, Comparison::kLess, zero), b.constant(-1));
  return b.keep_nan(b.bit_or(positive, negative), x);
}

// NaN stays.
V clamp_to_unit(VectorBuilder& b, V x) { return b.min(b.constant(1), b.max(b.constant(0), x)); }

V equal(VectorBuilder& b, V x, V y, DataType type) {
  if (type == DataType::kBool) return b.bit_not(b.bit_xor(x, y));
  return b.compare(x, Comparison::kEqual, y);
}

V cast(VectorBuilder& b, V x, DataType from, DataType to) {
  if (from == to) return x;
  if (to == DataType::kBool) return b.compare(x, Comparison::kNotEqual, b.constant(0));
  return b.bit_and(x, b.constant(1));
}

V gelu(VectorBuilder& b, V x, bool by_tanh) {
  V twice_share;
  if (by_tanh) {
    const V cube = b.mul(b.mul(x, x), x);
    const V inner = b.mul(b.fma(cube, b.constant(0.044715F), x), b.constant(0.7978845608F));
    twice_share = b.add(lanes::tanh(b, inner), b.constant(1));
  } else {
    twice_share = b.add(lanes::erf(b, b.mul(x, b.constant(0.7071067812F))), b.constant(1));
  }
  return b.mul(b.mul(x, b.constant(0.5F)), twice_share);
}

// tanh(log(1 + e)) is (e^2 + 2e) / (e^2 + 2e + 2), and 1 to all digits where x is 20 or more. NaN
// stays.
V mish(VectorBuilder& b, V x) {
  const V e = lanes::exp(b, b.min(b.constant(20), x));
  const V n = b.mul(e, b.add(e, b.constant(2)));
  return b.mul(x, b.div(n, b.add(n, b.constant(2))));
}

V shrink(VectorBuilder& b, V x, float bias, float lambd) {
  const V above = b.compare(x, Comparison::kGreater, b.constant(lambd));
  const V below = b.compare(x, Comparison::kLess, b.constant(-lambd));
  const V raised = b.bit_and(below, b.add(x, b.constant(bias)));
  return b.select(above, b.add(x, b.constant(-bias)), raised);
}

V is_infinite(VectorBuilder& b, V x, const ScalarParams& signs) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const V wanted = signs[0] != 0 && signs[1] != 0 ? b.abs(x) : x;
  const float infinity = signs[1] != 0 ? kInfinity : -kInfinity;
  const V found = b.compare(wanted, Comparison::kEqual, b.constant(infinity));
  return signs[0] != 0 || signs[1] != 0 ? found : b.bit_xor(found, found);
}

// What is x above 0 or not a number, and something else below.
V lower_rectifier(VectorBuilder& b, const Instruction& instruction, const std::array<V, 3>& x) {
  const V alpha = b.constant(instruction.params[0]);
  switch (instruction.code) {
    case ScalarCode::kLeakyRelu:
      return b.select_negative(x[0], b.mul(x[0], alpha), x[0]);
    case ScalarCode::kElu:
      return b.select_negative(x[0], b.mul(lanes::expm1_negative(b, x[0]), alpha), x[0]);
    case ScalarCode::kCelu: {
      const V low = lanes::expm1_negative(b, b.div(x[0], alpha));
      return b.select_negative(x[0], b.mul(low, alpha), x[0]);
    }
    case ScalarCode::kSelu: {
      const V low = b.mul(lanes::expm1_negative(b, x[0]), alpha);
      return b.mul(b.select_negative(x[0], low, x[0]), b.constant(instruction.params[1]));
    }
    case ScalarCode::kThresholdedRelu:
      return b.bit_and(b.compare(x[0], Comparison::kGreater, alpha), x[0]);
    default:
      TENON_CHECK(false, "{} cannot be lowered", scalar_op(instruction.code).name);
      return {};
  }
}

V lower_function(VectorBuilder& b, const Instruction& instruction, const std::array<V, 3>& x) {
  const ScalarParams& params = instruction.params;
  switch (instruction.code) {
    case ScalarCode::kExp:
      return lanes::exp(b, x[0]);
    case ScalarCode::kLog:
      return lanes::log(b, x[0]);
    case ScalarCode::kSin:
      return lanes::sin(b, x[0]);
    case ScalarCode::kCos:
      return lanes::cos(b, x[0]);
    case ScalarCode::kTanh:
      return lanes::tanh(b, x[0]);
    case ScalarCode::kErf:
      return lanes::erf(b, x[0]);
    case ScalarCode::kSigmoid:
      return lanes::sigmoid(b, x[0]);
    case ScalarCode::kClip:
      // NaN stays.
      return b.min(b.constant(params[1]), b.max(b.constant(params[0]), x[0]));
    case ScalarCode::kHardSigmoid:
      return clamp_to_unit(b, b.fma(x[0], b.constant(params[0]), b.constant(params[1])));
    case ScalarCode::kHardSwish:
      return b.mul(x[0], clamp_to_unit(b, b.fma(x[0], b.constant(1.0F / 6), b.constant(0.5F))));
    case ScalarCode::kSwish:
      return b.mul(x[0], lanes::sigmoid(b, b.mul(x[0], b.constant(params[0]))));
    case ScalarCode::kGelu:
      return gelu(b, x[0], params[0] != 0);
    case ScalarCode::kMish:
      return mish(b, x[0]);
    case ScalarCode::kPRelu:
      return b.select_negative(x[0], b.mul(x[0], x[1]), x[0]);
    case ScalarCode::kShrink:
      return shrink(b, x[0], params[0], params[1]);
    case ScalarCode::kSoftplus:
      return lanes::softplus(b, x[0]);
    case ScalarCode::kSoftsign:
      return b.div(x[0], b.add(b.abs(x[0]), b.constant(1)));
    case ScalarCode::kPow:
      return lanes::pow(b, x[0], x[1]);
    default:
      return lower_rectifier(b, instruction, x);
  }
}

V lower_comparison(VectorBuilder& b, ScalarCode code, V x, V y) {
  switch (code) {
    case ScalarCode::kLess:
      return b.compare(x, Comparison::kLess, y);
    case ScalarCode::kLessOrEqual:
      return b.compare(x, Comparison::kLessOrEqual, y);
    case ScalarCode::kGreater:
      return b.compare(x, Comparison::kGreater, y);
    default:
      return b.compare(x, Comparison::kGreaterOrEqual, y);
  }
}

V lower_arithmetic(VectorBuilder& b, const Instruction& instruction, const std::array<V, 3>& x) {
  switch (instruction.code) {
    case ScalarCode::kAdd:
      return b.add(x[0], x[1]);
    case ScalarCode::kSub:
      return b.sub(x[0], x[1]);
    case ScalarCode::kMul:
      return b.mul(x[0], x[1]);
    case ScalarCode::kDiv:
      return b.div(x[0], x[1]);
    case ScalarCode::kMin:
      return b.keep_nan(b.min(x[0], x[1]), x[0]);
    case ScalarCode::kMax:
      return b.keep_nan(b.max(x[0], x[1]), x[0]);
    case ScalarCode::kAbs:
      return b.abs(x[0]);
    case ScalarCode::kNeg:
      return b.negate(x[0]);
    case ScalarCode::kSign:
      return sign(b, x[0]);
    case ScalarCode::kReciprocal:
      return b.div(b.constant(1), x[0]);
    case ScalarCode::kSqrt:
      return b.sqrt(x[0]);
    case ScalarCode::kFloor:
      return b.round(x[0], Rounding::kFloor);
    case ScalarCode::kCeil:
      return b.round(x[0], Rounding::kCeil);
    case ScalarCode::kRound:
      return b.round(x[0], Rounding::kNearest);
    case ScalarCode::kRelu:
      return b.max(b.constant(0), x[0]);
    default:
      return lower_function(b, instruction, x);
  }
}

V lower_instruction(VectorBuilder& b, const PointwiseProgram& program,
                    const Instruction& instruction, const std::array<V, 3>& x) {
  const DataType from = program.type_of(instruction.operands[0]);
  switch (instruction.code) {
    case ScalarCode::kIdentity:
      return x[0];
    case ScalarCode::kCast:
      return cast(b, x[0], from, instruction.type);
    case ScalarCode::kWhere:
      return b.select(x[0], x[1], x[2]);
    case ScalarCode::kNot:
      return b.bit_not(x[0]);
    case ScalarCode::kAnd:
      return b.bit_and(x[0], x[1]);
    case ScalarCode::kOr:
      return b.bit_or(x[0], x[1]);
    case ScalarCode::kXor:
      return b.bit_xor(x[0], x[1]);
    case ScalarCode::kEqual:
      return equal(b, x[0], x[1], from);
    case ScalarCode::kIsNaN:
      return b.compare(x[0], Comparison::kUnordered, x[0]);
    case ScalarCode::kIsInf:
      return is_infinite(b, x[0], instruction.params);
    case ScalarCode::kLess:
    case ScalarCode::kLessOrEqual:
    case ScalarCode::kGreater:
    case ScalarCode::kGreaterOrEqual:
      return lower_comparison(b, instruction.code, x[0], x[1]);
    default:
      return lower_arithmetic(b, instruction, x);
  }
}

// Which registers the output depends on.
std::vector<bool> needed_registers(const PointwiseProgram& program) {
  std::vector<bool> needed(program.inputs.size() + program.body.size(), false);
  needed[static_cast<size_t>(program.outputs[0])] = true;
  for (size_t i = program.body.size(); i-- > 0;) {
    if (!needed[program.inputs.size() + i]) continue;
    for (const int32_t reg : program.body[i].operands) {
      if (reg >= 0) needed[static_cast<size_t>(reg)] = true;
    }
  }
  return needed;
}

}  // namespace

std::string cannot_lower(const PointwiseProgram& program) {
  for (const Instruction& instruction : program.body) {
    const std::string_view name = scalar_op(instruction.code).name;
    if (instruction.code == ScalarCode::kMod) {
      return fmt::format("{} takes as many steps as its operands ask for", name);
    }
    if (has_no_lanes(instruction.code)) return fmt::format("{} has no vector code", name);
    if (instruction.code == ScalarCode::kCelu && !(instruction.params[0] > 0)) {
      return fmt::format("{} with an alpha that is not above 0 has no vector code", name);
    }
    if (!is_lane_type(instruction.type)) {
      return fmt::format("the result of {} is {}", name, to_string(instruction.type));
    }
  }
  for (const DataType type : program.inputs) {
    if (!is_lane_type(type)) return fmt::format("an input is {}", to_string(type));
  }
  return {};
}

VectorProgram lower_program(const PointwiseProgram& program, Isa isa) {
  const std::vector<bool> needed = needed_registers(program);
  VectorBuilder builder(isa);
  std::vector<V> values(needed.size());
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    if (needed[i]) values[i] = builder.input(static_cast<int>(i));
  }
  for (size_t i = 0; i < program.body.size(); ++i) {
    const Instruction& instruction = program.body[i];
    const size_t result = program.inputs.size() + i;
    if (!needed[result]) continue;
    std::array<V, 3> operands;
    for (size_t k = 0; k < operands.size(); ++k) {
      const int32_t reg = instruction.operands[k];
      if (reg >= 0) operands[k] = values[static_cast<size_t>(reg)];
    }
    values[result] = lower_instruction(builder, program, instruction, operands);
  }
  return std::move(builder).finish(values[static_cast<size_t>(program.outputs[0])]);
}

}  // namespace tenon::internal
