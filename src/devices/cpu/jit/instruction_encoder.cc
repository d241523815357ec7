#include "devices/cpu/jit/instruction_encoder.h"

#include "base/check.h"

#include <algorithm>

namespace tenon::internal {
namespace {

using Xbyak::CodeGenerator;
using Xbyak::Operand;
using Xbyak::Xmm;

// One operation in the three forms that the processor has, named by the order in which target,
// second and third operand are multiplied, multiplied and added.
struct ProductForms {
  using Form = void (CodeGenerator::*)(const Xmm&, const Xmm&, const Operand&);
  Form form_132;
  Form form_213;
  Form form_231;
};

ProductForms product_forms(VectorOp op) {
  using G = CodeGenerator;
  switch (op) {
    case VectorOp::kFms:
      return {&G::vfmsub132ps, &G::vfmsub213ps, &G::vfmsub231ps};
    case VectorOp::kFnma:
      return {&G::vfnmadd132ps, &G::vfnmadd213ps, &G::vfnmadd231ps};
    default:
      return {&G::vfmadd132ps, &G::vfmadd213ps, &G::vfmadd231ps};
  }
}

// The truth table of vpternlogd for "b where a is set, else c"; places[i] is the one of operand i,
// 0 for the target.
uint8_t select_table(const std::array<unsigned, 3>& places) {
  unsigned table = 0;
  for (unsigned row = 0; row < 8; ++row) {
    const auto bit = [&](size_t operand) { return (row >> (2 - places[operand])) & 1U; };
    table |= (bit(0) != 0 ? bit(1) : bit(2)) << row;
  }
  return static_cast<uint8_t>(table);
}

}  // namespace

InstructionEncoder::Source InstructionEncoder::source(const VectorOperand& operand,
                                                      const Xmm& reg) const {
  const int offset =
      operand.is_constant() ? static_cast<int>(operand.index()) * constant_bytes(isa_) : 0;
  const Xbyak::RegRip place = code_.rip + context_.constants + offset;
  return {.reg = reg,
          .is_constant = operand.is_constant(),
          .lane = code_.ptr[place],
          .lanes = isa_ == Isa::kAvx512 ? code_.ptr_b[place] : code_.ptr[place]};
}

void InstructionEncoder::encode(const VectorInstruction& instruction, const Registers& registers) {
  const Xmm& target = registers.target;
  Sources from = {source(instruction.operands[0], registers.operands[0]),
                  source(instruction.operands[1], registers.operands[1]),
                  source(instruction.operands[2], registers.operands[2])};
  switch (instruction.op) {
    case VectorOp::kInput:
      TENON_CHECK(false, "inputs are loaded, not computed");
      break;
    case VectorOp::kSqrt:
    case VectorOp::kRound:
    case VectorOp::kToInt:
    case VectorOp::kToFloat:
    case VectorOp::kShiftLeft:
    case VectorOp::kShiftRight:
    case VectorOp::kShiftRightArithmetic:
    case VectorOp::kExponent:
    case VectorOp::kMantissa:
      unary(instruction, target, from[0].reg);
      break;
    case VectorOp::kFma:
    case VectorOp::kFms:
    case VectorOp::kFnma:
      product(instruction.op, target, from);
      break;
    case VectorOp::kSelect:
      isa_ == Isa::kAvx512 ? select_bits(target, from) : select(target, from);
      break;
    case VectorOp::kCompare:
      compare(instruction.immediate, target, from);
      break;
    case VectorOp::kGather:
      gather(instruction.immediate, target, from);
      break;
    case VectorOp::kKeepNan:
      move(target, from[0]);
      code_.vfixupimmps(target, from[1].reg, from[2].operand(), 0);
      break;
    default:
      // Where the first operand is a constant the target is a register of its own.
      if (from[0].is_constant) move(target, from[0]);
      binary(instruction.op, target, from[0].is_constant ? target : from[0].reg, from[1].operand());
  }
}

void InstructionEncoder::move(const Xmm& target, const Source& from) {
  if (from.is_constant) {
    code_.vbroadcastss(target, from.lane);
  } else if (!from.is(target)) {
    code_.vmovaps(target, from.reg);
  }
}

void InstructionEncoder::unary(const VectorInstruction& instruction, const Xmm& target,
                               const Xmm& x) {
  const auto immediate = static_cast<uint8_t>(instruction.immediate);
  switch (instruction.op) {
    case VectorOp::kSqrt:
      return code_.vsqrtps(target, x);
    case VectorOp::kRound:
      return isa_ == Isa::kAvx512 ? code_.vrndscaleps(target, x, immediate)
                                  : code_.vroundps(target, x, immediate);
    case VectorOp::kToInt:
      return code_.vcvtps2dq(target, x);
    case VectorOp::kToFloat:
      return code_.vcvtdq2ps(target, x);
    case VectorOp::kShiftLeft:
      return code_.vpslld(target, x, immediate);
    case VectorOp::kShiftRight:
      return code_.vpsrld(target, x, immediate);
    case VectorOp::kShiftRightArithmetic:
      return code_.vpsrad(target, x, immediate);
    case VectorOp::kExponent:
      return code_.vgetexpps(target, x);
    default: {
      // Into [0.75, 1.5); NaN where the sign is set.
      constexpr uint8_t kInterval = 0b1011;
      return code_.vgetmantps(target, x, kInterval);
    }
  }
}

void InstructionEncoder::binary(VectorOp op, const Xmm& target, const Xmm& a, const Operand& b) {
  switch (op) {
    case VectorOp::kAdd:
      return code_.vaddps(target, a, b);
    case VectorOp::kSub:
      return code_.vsubps(target, a, b);
    case VectorOp::kMul:
      return code_.vmulps(target, a, b);
    case VectorOp::kDiv:
      return code_.vdivps(target, a, b);
    case VectorOp::kMin:
      return code_.vminps(target, a, b);
    case VectorOp::kMax:
      return code_.vmaxps(target, a, b);
    case VectorOp::kAnd:
      return code_.vandps(target, a, b);
    case VectorOp::kAndNot:
      return code_.vandnps(target, a, b);
    case VectorOp::kOr:
      return code_.vorps(target, a, b);
    case VectorOp::kXor:
      return code_.vxorps(target, a, b);
    case VectorOp::kAddInt:
      return code_.vpaddd(target, a, b);
    case VectorOp::kSubInt:
      return code_.vpsubd(target, a, b);
    default:
      TENON_CHECK(op == VectorOp::kScale);
      return code_.vscalefps(target, a, b);
  }
}

void InstructionEncoder::product(VectorOp op, const Xmm& target, const Sources& from) {
  const ProductForms forms = product_forms(op);
  const auto& [a, b, c] = from;
  if (b.is_constant && c.is_constant) {
    move(target, c);
    (code_.*forms.form_231)(target, a.reg, b.operand());
  } else if (c.is(target)) {
    (code_.*forms.form_231)(target, a.reg, b.operand());
  } else if (b.is(target)) {
    (code_.*forms.form_213)(target, a.reg, c.operand());
  } else {
    move(target, a);
    if (b.is_constant) {
      (code_.*forms.form_132)(target, c.reg, b.operand());
    } else {
      (code_.*forms.form_213)(target, b.reg, c.operand());
    }
  }
}

void InstructionEncoder::select(const Xmm& target, const Sources& from) {
  const auto& [mask, a, b] = from;
  if (b.is_constant) move(target, b);
  code_.vblendvps(target, b.is_constant ? target : b.reg, a.operand(), mask.reg);
}

void InstructionEncoder::select_bits(const Xmm& target, const Sources& from) {
  // The order in which vpternlogd takes the operands: first the one that the target holds, last the
  // one that may be a constant.
  std::array<size_t, 3> order = {0, 1, 2};
  const auto in_target =
      std::ranges::find_if(order, [&](size_t operand) { return from[operand].is(target); });
  if (in_target != order.end()) {
    std::swap(order[0], *in_target);
  } else if (from[1].is_constant && from[2].is_constant) {
    std::swap(order[0], order[2]);
  } else if (from[0].is_constant) {
    std::swap(order[0], order[1]);
  }
  if (from[order[1]].is_constant) std::swap(order[1], order[2]);
  move(target, from[order[0]]);
  std::array<unsigned, 3> places = {};
  for (unsigned place = 0; place < 3; ++place) places[order[place]] = place;
  code_.vpternlogd(target, from[order[1]].reg, from[order[2]].operand(), select_table(places));
}

void InstructionEncoder::compare(uint32_t comparison, const Xmm& target, const Sources& from) {
  const auto predicate = static_cast<uint8_t>(comparison);
  if (isa_ == Isa::kAvx512) {
    code_.vcmpps(context_.mask, from[0].reg, from[1].operand(), predicate);
    code_.vpmovm2d(target, context_.mask);
  } else {
    code_.vcmpps(target, from[0].reg, from[1].operand(), predicate);
  }
}

void InstructionEncoder::gather(uint32_t offset, const Xmm& target, const Sources& from) {
  code_.lea(context_.address, code_.ptr[code_.rip + context_.tables]);
  const Xbyak::Address entry =
      code_.ptr[context_.address + from[0].reg * 4 + static_cast<size_t>(offset)];
  // All lanes are replaced, but the processor does not know.
  code_.vxorps(target, target, target);
  if (isa_ == Isa::kAvx512) {
    code_.kxnorw(context_.mask, context_.mask, context_.mask);
    code_.vgatherdps(target | context_.mask, entry);
  } else {
    code_.vgatherdps(target, entry, from[1].reg);
  }
}

}  // namespace tenon::internal
