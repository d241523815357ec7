#include "devices/cpu/jit/assign_registers.h"

#include "base/check.h"

#include <algorithm>
#include <limits>

namespace tenon::internal {
namespace {

using Kind = RegisterStep::Kind;

constexpr size_t kNever = std::numeric_limits<size_t>::max();

size_t constants_of(const VectorInstruction& instruction) {
  return static_cast<size_t>(
      std::ranges::count_if(instruction.operands, &VectorOperand::is_constant));
}

// Whether the result may be in the register of operand `position`, which dies. It may not where the
// code writes the result before it has read all operands.
bool may_overwrite(const VectorInstruction& instruction, size_t position) {
  switch (instruction.op) {
    case VectorOp::kGather:
      return false;
    case VectorOp::kKeepNan:
      return position == 0;
    case VectorOp::kFma:
    case VectorOp::kFms:
    case VectorOp::kFnma:
    case VectorOp::kSelect:
      // With two constants one of them is put into the result's register first.
      return constants_of(instruction) < 2 &&
             (instruction.op != VectorOp::kSelect || !instruction.operands[2].is_constant());
    default:
      return !instruction.operands[0].is_constant();
  }
}

// Walks over the program once. When registers run out, the value that is needed last loses its own.
class Assigner {
 public:
  Assigner(const VectorProgram& program, std::span<const int> registers)
      : program_(program),
        values_(program.body.size()),
        registers_(registers),
        holder_(registers.size(), kNever) {
    for (size_t i = 0; i < program_.body.size(); ++i) {
      for (const VectorOperand& operand : program_.body[i].operands) {
        if (operand.is_value()) values_[operand.index()].uses.push_back(i);
      }
    }
    values_[program_.output.index()].uses.push_back(program_.body.size());
  }

  RegisterAssignment run() && {
    for (size_t i = 0; i < program_.body.size(); ++i) {
      const VectorInstruction& instruction = program_.body[i];
      if (instruction.op == VectorOp::kInput && instruction.immediate == 0 &&
          next_use(i) != kNever) {
        hold(i, 0);
      }
    }
    for (size_t i = 0; i < program_.body.size(); ++i) {
      if (program_.body[i].op != VectorOp::kInput) compute(i);
    }
    deliver();
    return std::move(result_);
  }

 private:
  struct Value {
    // Instructions that use it, in order; the end of the program uses the output.
    std::vector<size_t> uses;
    size_t next_use = 0;  // in `uses`
    size_t reg = kNever;  // in registers_
    size_t slot = kNever;
  };

  size_t next_use(size_t value) const {
    const Value& v = values_[value];
    return v.next_use < v.uses.size() ? v.uses[v.next_use] : kNever;
  }

  bool is_loaded(size_t value) const {
    const VectorInstruction& instruction = program_.body[value];
    return instruction.op == VectorOp::kInput && instruction.immediate != 0;
  }

  void hold(size_t value, size_t reg) {
    holder_[reg] = value;
    values_[value].reg = reg;
  }

  void release(size_t value) {
    Value& v = values_[value];
    if (v.reg != kNever) holder_[v.reg] = kNever;
    v.reg = kNever;
    if (v.slot != kNever) free_slots_.push_back(v.slot);
    v.slot = kNever;
  }

  // A register without a value, preferably `wanted`. Values that instruction `at` uses keep theirs.
  size_t take_register(size_t at, size_t wanted) {
    if (wanted != kNever && holder_[wanted] == kNever) return wanted;
    size_t victim = kNever;
    size_t farthest = 0;
    // From the end: the first register is kept for the output.
    for (size_t reg = registers_.size(); reg-- > 0;) {
      if (holder_[reg] == kNever) return reg;
      const size_t use = next_use(holder_[reg]);
      if (use == at || use <= farthest) continue;
      victim = reg;
      farthest = use;
    }
    TENON_CHECK(victim != kNever, "an instruction needs more than {} registers", registers_.size());
    evict(victim);
    return victim;
  }

  void evict(size_t reg) {
    const size_t value = holder_[reg];
    Value& v = values_[value];
    if (!is_loaded(value) && v.slot == kNever) {
      if (free_slots_.empty()) free_slots_.push_back(result_.slots++);
      v.slot = free_slots_.back();
      free_slots_.pop_back();
      result_.steps.push_back({.kind = Kind::kSave, .index = v.slot, .target = registers_[reg]});
    }
    v.reg = kNever;
    holder_[reg] = kNever;
  }

  // Puts a value that instruction `at` uses into a register.
  void fetch(size_t value, size_t at, size_t wanted) {
    const Value& v = values_[value];
    if (v.reg != kNever) return;
    const size_t reg = take_register(at, wanted);
    hold(value, reg);
    if (is_loaded(value)) {
      result_.steps.push_back({.kind = Kind::kLoad,
                               .index = program_.body[value].immediate,
                               .target = registers_[reg]});
    } else {
      result_.steps.push_back({.kind = Kind::kRestore, .index = v.slot, .target = registers_[reg]});
    }
  }

  void compute(size_t at) {
    const VectorInstruction& instruction = program_.body[at];
    RegisterStep step{.kind = Kind::kCompute, .index = at};
    for (size_t i = 0; i < instruction.operands.size(); ++i) {
      const VectorOperand& operand = instruction.operands[i];
      if (!operand.is_value()) continue;
      fetch(operand.index(), at, kNever);
      step.operands[i] = registers_[values_[operand.index()].reg];
    }
    const size_t target = choose_target(instruction, at);
    step.target = registers_[target];
    result_.steps.push_back(step);
    for (const VectorOperand& operand : instruction.operands) {
      if (!operand.is_value()) continue;
      Value& v = values_[operand.index()];
      while (next_use(operand.index()) == at) ++v.next_use;
      if (next_use(operand.index()) == kNever) release(operand.index());
    }
    if (next_use(at) != kNever) hold(at, target);
  }

  // The register of an operand that is not needed any more, or a free one.
  size_t choose_target(const VectorInstruction& instruction, size_t at) {
    const size_t wanted = at == program_.output.index() ? 0 : kNever;
    if (wanted != kNever && holder_[wanted] == kNever) return wanted;
    size_t inherited = kNever;
    for (size_t i = 0; i < instruction.operands.size(); ++i) {
      const VectorOperand& operand = instruction.operands[i];
      if (!operand.is_value() || !may_overwrite(instruction, i)) continue;
      const Value& v = values_[operand.index()];
      if (v.uses.back() != at) continue;
      if (inherited == kNever || v.reg == wanted) inherited = v.reg;
    }
    return inherited != kNever ? inherited : take_register(at, wanted);
  }

  void deliver() {
    const size_t end = program_.body.size();
    const size_t output = program_.output.index();
    fetch(output, end, 0);
    const size_t reg = values_[output].reg;
    if (reg == 0) return;
    result_.steps.push_back(
        {.kind = Kind::kMove, .target = registers_[0], .operands = {registers_[reg], -1, -1}});
  }

  const VectorProgram& program_;
  std::vector<Value> values_;
  std::span<const int> registers_;
  // The value in each register.
  std::vector<size_t> holder_;
  std::vector<size_t> free_slots_;
  RegisterAssignment result_;
};

}  // namespace

RegisterAssignment assign_registers(const VectorProgram& program, std::span<const int> registers) {
  TENON_CHECK(registers.size() >= kMinRegisters, "{} registers are too few", registers.size());
  return Assigner(program, registers).run();
}

size_t slots_for_any_registers(const VectorProgram& program) {
  constexpr std::array<int, kMinRegisters> kFewest = {0, 1, 2, 3, 4};
  if (assign_registers(program, kFewest).slots == 0) return 0;
  // A slot is free again when its value is not needed any more.
  std::vector<size_t> last_use(program.body.size(), 0);
  for (size_t i = 0; i < program.body.size(); ++i) {
    for (const VectorOperand& operand : program.body[i].operands) {
      if (operand.is_value()) last_use[operand.index()] = i;
    }
  }
  size_t most = 0;
  for (size_t i = 0; i < program.body.size(); ++i) {
    size_t live = 0;
    for (size_t value = 0; value < i; ++value) live += last_use[value] >= i ? 1U : 0U;
    most = std::max(most, live);
  }
  return most;
}

}  // namespace tenon::internal
