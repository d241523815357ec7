// Gives the values of a vector program registers, and places on the stack where registers run out.
#pragma once

#include "devices/cpu/jit/vector_program.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

// What to emit, in order.
struct RegisterStep {
  enum class Kind : uint8_t {
    kCompute,  // instruction `index` of the program
    kLoad,     // input `index`
    kSave,     // register `target` to slot `index`
    kRestore,  // slot `index`
    kMove,     // register operands[0]
  };
  Kind kind = Kind::kCompute;
  size_t index = 0;
  // The register that is written; with kSave the one that is read.
  int target = -1;
  // Of kCompute: registers of the operands that are values; -1 for others. An operand in the target
  // register is one that the instruction may overwrite.
  std::array<int, 3> operands = {-1, -1, -1};
};

struct RegisterAssignment {
  std::vector<RegisterStep> steps;
  // Slots on the stack that are used.
  size_t slots = 0;
};

// No instruction needs more.
inline constexpr size_t kMinRegisters = 5;

// `registers`, at least kMinRegisters of them, may be used freely. The first one holds input 0
// before and the output after. Other inputs are loaded where they are needed, and once more instead
// of being saved.
RegisterAssignment assign_registers(const VectorProgram& program, std::span<const int> registers);

// Slots that are enough whatever the registers are.
size_t slots_for_any_registers(const VectorProgram& program);

}  // namespace tenon::internal
