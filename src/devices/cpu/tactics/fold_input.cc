#include "devices/cpu/tactics/fold_input.h"

#include "base/errors.h"
#include "devices/cpu/jit/program_emitter.h"

#include <algorithm>
#include <span>
#include <utility>

namespace tenon::internal {
namespace {

bool is_one(const Dim& dim) { return dim == Dim(1); }

// The same program with inputs 0 and `input` in each other's place.
PointwiseProgram with_first(PointwiseProgram program, size_t input) {
  const auto other = static_cast<int32_t>(input);
  std::swap(program.inputs[0], program.inputs[input]);
  for (PointwiseProgram::Instruction& instruction : program.body) {
    for (int32_t& operand : instruction.operands) {
      if (operand == 0) {
        operand = other;
      } else if (operand == other) {
        operand = 0;
      }
    }
  }
  return program;
}

}  // namespace

void FoldInput::apply_to(FoldSpec& spec) const {
  spec.map = map;
  spec.extras = extras;
}

void FoldInput::set_extras(FoldCall& call, const Operands& operands, int64_t offset) const {
  for (size_t i = 0; i < extras.size(); ++i) {
    const auto* extra = operands.input<float>(extra_positions[i]);
    call.extras[i] = extras[i] == FoldExtra::kElement ? extra + offset : extra;
  }
}

Result<FoldInput> fold_input(const Problem& problem, const RegionParts& parts) {
  const PointwiseProgram& program = parts.before[0];
  const size_t first = parts.before_first[0];
  const size_t count = program.is_empty() ? 1 : program.inputs.size();
  const std::span<const ValueInfo> operands = std::span(problem.inputs).subspan(first, count);
  for (size_t i = 0; i < count; ++i) {
    if (!parts.views[first + i].is_identity()) {
      return unsupported("operand {} is read in another order", first + i);
    }
    if (operands[i].type == DataType::kFloat32) continue;
    return unsupported("operand {} is {}, not f32", first + i, to_string(operands[i].type));
  }
  FoldInput input{.position = first};
  if (program.is_empty()) return input;

  const SymbolicShape& shape = parts.anchor_inputs[0].shape;
  const auto has_all = [&](const ValueInfo& operand) { return operand.shape == shape; };
  const auto chosen =
      static_cast<size_t>(std::ranges::find_if(operands, has_all) - operands.begin());
  if (chosen == count) {
    return unsupported("no operand of the program before its anchor has all its elements");
  }
  input.position = first + chosen;
  input.map = with_first(program, chosen);
  const std::string reason = ProgramEmitter::rejects(input.map);
  if (!reason.empty()) return unsupported("{}", reason);
  if (count - 1 > kMaxFoldExtras) {
    return unsupported("the program before its anchor has more than {} operands",
                       kMaxFoldExtras + 1);
  }
  for (size_t i = 1; i < count; ++i) {
    // What stood first is now where the chosen one was.
    const size_t at = i == chosen ? 0 : i;
    const bool repeats = std::ranges::all_of(operands[at].shape, is_one);
    if (!repeats && !(has_all(operands[at]) && operands[at].layout == operands[chosen].layout)) {
      return unsupported("operand {} does not lie beside what is folded", first + at);
    }
    input.extras.push_back(repeats ? FoldExtra::kOne : FoldExtra::kElement);
    input.extra_positions.push_back(first + at);
  }
  return input;
}

}  // namespace tenon::internal
