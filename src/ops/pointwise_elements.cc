#include "ops/pointwise_elements.h"

#include "base/data_types.h"
#include "ops/operands.h"
#include "ops/scalar_kernels.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tenon::internal {
namespace {

using Instruction = PointwiseProgram::Instruction;
using Elements = std::vector<Dim>;

std::optional<Dim> divide(const Dim& a, const Dim& b) {
  if (std::optional<Dim> quotient = Dim::exact_div(a, b)) return quotient;
  // Elsewhere truncation and floor differ.
  if (a.is_at_least(0) && b.is_at_least(1)) return Dim::floor_div(a, b);
  return std::nullopt;
}

std::optional<Dim> remainder(const Dim& a, const Dim& b, bool of_dividend) {
  if (!b.is_at_least(1) || (of_dividend && !a.is_at_least(0))) return std::nullopt;
  return Dim::mod(a, b);
}

std::optional<Dim> truth(bool surely, bool surely_not) {
  if (surely) return Dim(1);
  if (surely_not) return Dim(0);
  return std::nullopt;
}

std::optional<Dim> compare(ScalarCode code, const Dim& a, const Dim& b) {
  const std::optional<DimRange> difference = (a - b).range();
  if (!difference) return std::nullopt;
  const auto [min, max] = *difference;
  switch (code) {
    case ScalarCode::kEqual:
      return truth(min == 0 && max == 0, min > 0 || max < 0);
    case ScalarCode::kLess:
      return truth(max < 0, min >= 0);
    case ScalarCode::kLessOrEqual:
      return truth(max <= 0, min > 0);
    case ScalarCode::kGreater:
      return truth(min > 0, max <= 0);
    default:
      return truth(min >= 0, max < 0);
  }
}

std::optional<Dim> select(const Dim& condition, const Dim& x, const Dim& y) {
  if (x == y) return x;
  if (!condition.is_constant()) return std::nullopt;
  return condition.constant() != 0 ? x : y;
}

// The result for operands that are not all constant; of them the instruction has as many as it
// needs.
std::optional<Dim> symbolic_result(const Instruction& instruction, std::span<const Dim> x) {
  switch (instruction.code) {
    case ScalarCode::kIdentity:
      return x[0];
    case ScalarCode::kAbs:
      return x[0].is_at_least(0) ? std::optional(x[0]) : std::nullopt;
    case ScalarCode::kNeg:
      return Dim(0) - x[0];
    case ScalarCode::kAdd:
      return x[0] + x[1];
    case ScalarCode::kSub:
      return x[0] - x[1];
    case ScalarCode::kMul:
      return x[0] * x[1];
    case ScalarCode::kDiv:
      return divide(x[0], x[1]);
    case ScalarCode::kMod:
      return remainder(x[0], x[1], instruction.params[0] != 0);
    case ScalarCode::kMin:
      return Dim::min(x[0], x[1]);
    case ScalarCode::kMax:
      return Dim::max(x[0], x[1]);
    case ScalarCode::kEqual:
    case ScalarCode::kLess:
    case ScalarCode::kLessOrEqual:
    case ScalarCode::kGreater:
    case ScalarCode::kGreaterOrEqual:
      return compare(instruction.code, x[0], x[1]);
    case ScalarCode::kWhere:
      return select(x[0], x[1], x[2]);
    case ScalarCode::kCast:
      if (instruction.type != DataType::kBool) return x[0];
      return truth(x[0].is_at_least(1), false);
    default:
      return std::nullopt;
  }
}

// Elements as a kernel takes them; symbolic ones as 1.
std::vector<std::byte> to_kernel_memory(const Elements& elements, DataType type) {
  std::vector<int64_t> values;
  for (const Dim& element : elements) values.push_back(element.as_constant().value_or(1));
  std::vector<std::byte> memory(values.size() * kernel_width(type));
  cast_elements({.operands = {values.data()},
                 .result = memory.data(),
                 .count = values.size(),
                 .from = DataType::kInt64,
                 .to = type});
  return memory;
}

// The instruction on each element as if all were constants.
Elements constant_results(const PointwiseProgram& program, const Instruction& instruction,
                          std::span<const Elements* const> operands) {
  std::array<std::vector<std::byte>, 3> memory;
  ScalarKernelArgs args;
  DataType type = DataType::kUndefined;
  for (size_t i = 0; i < operands.size(); ++i) {
    type = program.type_of(instruction.operands[i]);
    memory[i] = to_kernel_memory(*operands[i], type);
    args.operands[i] = memory[i].data();
  }
  args.count = operands[0]->size();
  std::vector<std::byte> result(args.count * kernel_width(instruction.type));
  args.result = result.data();
  args.params = instruction.params;
  args.from = program.type_of(instruction.operands[0]);
  args.to = instruction.type;
  scalar_kernel(instruction.code, type)(args);

  std::vector<int64_t> values(args.count);
  cast_elements({.operands = {result.data()},
                 .result = values.data(),
                 .count = values.size(),
                 .from = instruction.type,
                 .to = DataType::kInt64});
  return {values.begin(), values.end()};
}

std::optional<Elements> run_instruction(const PointwiseProgram& program,
                                        const Instruction& instruction,
                                        std::span<const Elements* const> operands) {
  const bool holds_sizes = instruction.type == DataType::kInt64 ||
                           instruction.type == DataType::kInt32 ||
                           instruction.type == DataType::kBool;
  Elements results = constant_results(program, instruction, operands);
  for (size_t i = 0; i < results.size(); ++i) {
    std::array<Dim, 3> x;
    bool constant = true;
    for (size_t k = 0; k < operands.size(); ++k) {
      x[k] = (*operands[k])[i];
      constant = constant && x[k].is_constant();
    }
    if (constant) continue;
    const std::optional<Dim> result = holds_sizes ? symbolic_result(instruction, x) : std::nullopt;
    if (!result) return std::nullopt;
    results[i] = *result;
  }
  return results;
}

// Elements of a tensor of shape `from`, repeated to fill the shape `to`.
Elements broadcast_elements(const Elements& elements, const Shape& from, const Shape& to) {
  const auto count = static_cast<size_t>(tenon::element_count(to));
  Elements result;
  result.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    size_t rest = i;
    size_t source = 0;
    size_t stride = 1;
    for (size_t axis = to.size(); axis-- > to.size() - from.size();) {
      const auto extent = static_cast<size_t>(from[axis - (to.size() - from.size())]);
      source += extent == 1 ? 0 : rest % extent * stride;
      stride *= extent;
      rest /= static_cast<size_t>(to[axis]);
    }
    result.push_back(elements[source]);
  }
  return result;
}

bool is_whole_number(DataType type) { return is_integer(type) || type == DataType::kBool; }

}  // namespace

std::optional<std::vector<Dim>> pointwise_elements(const PointwiseProgram& program,
                                                   std::span<const ValueInfo> in,
                                                   const SymbolicShape& shape) {
  const std::optional<Shape> extents = constant_shape(shape);
  if (!extents || tenon::element_count(*extents) > kMaxKnownElements) return std::nullopt;
  std::vector<Elements> registers;
  for (const ValueInfo& operand : in) {
    const std::optional<Shape> from = constant_shape(operand.shape);
    if (!operand.elements || !from) return std::nullopt;
    registers.push_back(broadcast_elements(*operand.elements, *from, *extents));
  }
  for (const Instruction& instruction : program.body) {
    if (!is_whole_number(instruction.type)) return std::nullopt;
    std::vector<const Elements*> operands;
    for (const int32_t reg : instruction.operands) {
      if (reg >= 0) operands.push_back(&registers[static_cast<size_t>(reg)]);
    }
    std::optional<Elements> results = run_instruction(program, instruction, operands);
    if (!results) return std::nullopt;
    registers.push_back(*std::move(results));
  }
  return registers[static_cast<size_t>(program.outputs[0])];
}

}  // namespace tenon::internal
