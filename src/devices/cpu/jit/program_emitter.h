// Writes the machine code of a pointwise program over vector registers: 16 lanes of f32 on AVX-512,
// 8 on AVX2. What a kernel does to its results before it stores them, and the body of generated
// loops.
//
//   ProgramEmitter emitter(code, isa, program);
//   … prologue: reserve emitter.spill_bytes() at [rsp + spill_offset] …
//   emitter.emit(accumulator, scratch, [&](int input, const Vmm& to) { code.vmovups(to, …); });
//   … as often as needed, epilogue, ret …
//   emitter.emit_constants();
#pragma once

#include "base/function_ref.h"
#include "devices/cpu/isa.h"
#include "devices/cpu/jit/vector_program.h"
#include "ops/pointwise.h"

#include <xbyak/xbyak.h>

#include <cstddef>
#include <span>
#include <string>

namespace tenon::internal {

// A vector register of either width: a Zmm or a Ymm.
using Vmm = Xbyak::Xmm;

Vmm vector_register(Isa isa, int index);
// Bytes of one.
int vector_bytes(Isa isa);

// What emitted code may overwrite.
struct EmitterScratch {
  // At least ProgramEmitter::kMinScratch, by number.
  std::span<const int> vectors;
  // On AVX-512.
  Xbyak::Opmask mask = Xbyak::Opmask(1);
  Xbyak::Reg64 address = Xbyak::Reg64(Xbyak::Operand::RAX);
  // Where spill_bytes() bytes lie, from rsp.
  int spill_offset = 0;
};

class ProgramEmitter {
 public:
  static constexpr size_t kMinScratch = 4;

  enum class Bools : uint8_t {
    kInside,     // only between instructions
    kAtTheEnds,  // inputs and the output too: lanes with all bits set or none
  };

  // Why the program cannot be emitted, or empty. Inputs and the output are f32, or with kAtTheEnds
  // also bool.
  static std::string rejects(const PointwiseProgram& program, Bools bools = Bools::kInside);

  // A program that is not rejected. `code` must outlive the emitter.
  ProgramEmitter(Xbyak::CodeGenerator& code, Isa isa, const PointwiseProgram& program);

  // Bytes of stack that emitted code needs, whatever it is given; 0 for most programs.
  int spill_bytes() const { return spill_bytes_; }

  // Puts a program's input into a register, and overwrites nothing else.
  using Load = FunctionRef<void(int input, const Vmm& destination)>;

  // `in_out` holds input 0 before the code and the output after it. `load` is asked for each other
  // input that the program uses where it is first needed, and again where it had to give way.
  void emit(const Vmm& in_out, const EmitterScratch& scratch, Load load);

  // Places the constants that the code refers to: once, after the last emit(), where execution does
  // not come by.
  void emit_constants();

 private:
  Xbyak::CodeGenerator& code_;
  Isa isa_;
  VectorProgram program_;
  int spill_bytes_ = 0;
  Xbyak::Label constants_;
  Xbyak::Label tables_;
};

}  // namespace tenon::internal
