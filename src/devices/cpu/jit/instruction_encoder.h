// The machine code of single instructions of vector programs.
#pragma once

#include "devices/cpu/isa.h"
#include "devices/cpu/jit/vector_program.h"

#include <xbyak/xbyak.h>

#include <array>

namespace tenon::internal {

class InstructionEncoder {
 public:
  // What instructions need besides vector registers.
  struct Context {
    Xbyak::Opmask mask;
    Xbyak::Reg64 address;
    // Where constants lie, constant_bytes() each, and the tables of kGather.
    const Xbyak::Label& constants;
    const Xbyak::Label& tables;
  };
  struct Registers {
    Xbyak::Xmm target;
    // Those of operands that are values count.
    std::array<Xbyak::Xmm, 3> operands;
  };

  InstructionEncoder(Xbyak::CodeGenerator& code, Isa isa, const Context& context)
      : code_(code), isa_(isa), context_(context) {}

  // On AVX-512 one lane, which instructions broadcast, on AVX2 a whole register.
  static int constant_bytes(Isa isa) { return isa == Isa::kAvx512 ? 4 : 32; }

  // The target is a register of its own, or one of an operand as assign_registers() allows it.
  void encode(const VectorInstruction& instruction, const Registers& registers);

 private:
  // A register, or a constant in memory.
  struct Source {
    Xbyak::Xmm reg;
    bool is_constant;
    // For instructions that read one lane, and for those that read all.
    Xbyak::Address lane;
    Xbyak::Address lanes;

    const Xbyak::Operand& operand() const {
      return is_constant ? static_cast<const Xbyak::Operand&>(lanes) : reg;
    }
    bool is(const Xbyak::Xmm& other) const {
      return !is_constant && reg.getIdx() == other.getIdx();
    }
  };
  using Sources = std::array<Source, 3>;

  Source source(const VectorOperand& operand, const Xbyak::Xmm& reg) const;
  void move(const Xbyak::Xmm& target, const Source& from);

  void unary(const VectorInstruction& instruction, const Xbyak::Xmm& target, const Xbyak::Xmm& x);
  void binary(VectorOp op, const Xbyak::Xmm& target, const Xbyak::Xmm& a, const Xbyak::Operand& b);
  void product(VectorOp op, const Xbyak::Xmm& target, const Sources& from);
  void select(const Xbyak::Xmm& target, const Sources& from);
  void select_bits(const Xbyak::Xmm& target, const Sources& from);
  void compare(uint32_t comparison, const Xbyak::Xmm& target, const Sources& from);
  void gather(uint32_t offset, const Xbyak::Xmm& target, const Sources& from);

  Xbyak::CodeGenerator& code_;
  Isa isa_;
  Context context_;
};

}  // namespace tenon::internal
