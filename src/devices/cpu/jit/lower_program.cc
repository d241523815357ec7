#include "devices/cpu/jit/lower_program.h"

#include "base/check.h"
#include "devices/cpu/jit/functions.h"
#include "devices/cpu/jit/vector_builder.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using Instruction = PointwiseProgram::Instruction;
using V = VectorOperand;

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
    case ScalarCode::kLeakyRelu:
      return b.select_negative(x[0], b.mul(x[0], b.constant(params[0])), x[0]);
    case ScalarCode::kElu:
      return b.select_negative(x[0], b.mul(lanes::expm1_negative(b, x[0]), b.constant(params[0])),
                               x[0]);
    case ScalarCode::kSoftplus:
      return lanes::softplus(b, x[0]);
    case ScalarCode::kPow:
      return lanes::pow(b, x[0], x[1]);
    default:
      TENON_CHECK(false, "{} cannot be lowered", scalar_op(instruction.code).name);
      return {};
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
