#include "devices/cpu/jit/program_emitter.h"

#include "base/check.h"
#include "devices/cpu/jit/assign_registers.h"
#include "devices/cpu/jit/instruction_encoder.h"
#include "devices/cpu/jit/lower_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

namespace tenon::internal {
namespace {

constexpr size_t kLineBytes = 64;

static_assert(ProgramEmitter::kMinScratch + 1 == kMinRegisters);

// Operands without a register get any: nothing looks at it.
std::array<Vmm, 3> operand_registers(Isa isa, const std::array<int, 3>& numbers) {
  const auto reg = [isa](int number) { return vector_register(isa, std::max(number, 0)); };
  return {reg(numbers[0]), reg(numbers[1]), reg(numbers[2])};
}

}  // namespace

Vmm vector_register(Isa isa, int index) {
  TENON_CHECK(isa != Isa::kPortable);
  if (isa == Isa::kAvx512) return Xbyak::Zmm(index);
  return Xbyak::Ymm(index);
}

int vector_bytes(Isa isa) { return isa == Isa::kAvx512 ? 64 : 32; }

std::string ProgramEmitter::rejects(const PointwiseProgram& program, Bools bools) {
  if (program.outputs.size() != 1) {
    return fmt::format("the program has {} outputs, not one", program.outputs.size());
  }
  const auto fits = [bools](DataType type) {
    return type == DataType::kFloat32 || (type == DataType::kBool && bools == Bools::kAtTheEnds);
  };
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    if (fits(program.inputs[i])) continue;
    return fmt::format("input {} of the program is {}", i, to_string(program.inputs[i]));
  }
  const DataType result = program.type_of(program.outputs[0]);
  if (!fits(result)) return fmt::format("the result of the program is {}", to_string(result));
  return cannot_lower(program);
}

ProgramEmitter::ProgramEmitter(Xbyak::CodeGenerator& code, Isa isa, const PointwiseProgram& program)
    : code_(code),
      isa_(isa),
      program_(lower_program(program, isa)),
      spill_bytes_(static_cast<int>(slots_for_any_registers(program_)) * vector_bytes(isa)) {}

void ProgramEmitter::emit(const Vmm& in_out, const EmitterScratch& scratch, Load load) {
  std::vector<int> registers = {in_out.getIdx()};
  registers.insert(registers.end(), scratch.vectors.begin(), scratch.vectors.end());
  InstructionEncoder encoder(code_, isa_, {scratch.mask, scratch.address, constants_, tables_});
  const auto slot = [&](size_t index) {
    const int offset = scratch.spill_offset + static_cast<int>(index) * vector_bytes(isa_);
    return code_.ptr[code_.rsp + static_cast<size_t>(offset)];
  };
  for (const RegisterStep& step : assign_registers(program_, registers).steps) {
    const Vmm target = vector_register(isa_, step.target);
    switch (step.kind) {
      case RegisterStep::Kind::kCompute:
        encoder.encode(program_.body[step.index], {target, operand_registers(isa_, step.operands)});
        break;
      case RegisterStep::Kind::kLoad:
        load(static_cast<int>(step.index), target);
        break;
      case RegisterStep::Kind::kSave:
        code_.vmovups(slot(step.index), target);
        break;
      case RegisterStep::Kind::kRestore:
        code_.vmovups(target, slot(step.index));
        break;
      case RegisterStep::Kind::kMove:
        code_.vmovaps(target, vector_register(isa_, step.operands[0]));
        break;
    }
  }
}

void ProgramEmitter::emit_constants() {
  code_.align(kLineBytes);
  code_.L(constants_);
  const int copies = InstructionEncoder::constant_bytes(isa_) / static_cast<int>(sizeof(uint32_t));
  for (const uint32_t constant : program_.constants) {
    for (int i = 0; i < copies; ++i) code_.dd(constant);
  }
  code_.L(tables_);
  for (const float entry : program_.tables) code_.dd(std::bit_cast<uint32_t>(entry));
}

}  // namespace tenon::internal
