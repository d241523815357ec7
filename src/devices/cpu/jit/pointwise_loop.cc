#include "devices/cpu/jit/pointwise_loop.h"

#include "base/try.h"
#include "devices/cpu/jit/program_emitter.h"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using Xbyak::Address;
using Xbyak::Reg64;

// Pointers of the first operands stay in registers, those of others in the frame.
constexpr std::array kPointerRegisters = {Xbyak::Operand::R10, Xbyak::Operand::R11,
                                          Xbyak::Operand::R12, Xbyak::Operand::R13,
                                          Xbyak::Operand::R14, Xbyak::Operand::R15};
constexpr std::array kSavedRegisters = {Xbyak::Operand::RBX, Xbyak::Operand::R12,
                                        Xbyak::Operand::R13, Xbyak::Operand::R14,
                                        Xbyak::Operand::R15};
constexpr size_t kPointerBytes = 8;
constexpr size_t kFrameAlignment = 64;

size_t aligned(size_t bytes) {
  return (bytes + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
}

class LoopWriter {
 public:
  LoopWriter(CodeWriter& code, Isa isa, const PointwiseProgram& program,
             std::span<const bool> repeats)
      : c_(code),
        isa_(isa),
        program_(program),
        repeats_(repeats),
        operands_(program.inputs.size() + 1),
        emitter_(code, isa, program),
        in_out_(vector_register(isa, 0)),
        spare_(vector_register(isa, isa == Isa::kAvx512 ? 31 : 14)),
        // Only used on AVX2.
        lanes_(vector_register(isa, 15)) {
    scratch_.resize(static_cast<size_t>(spare_.getIdx() - 1));
    std::iota(scratch_.begin(), scratch_.end(), 1);
  }

  // void(pointers: rdi, strides: rsi, rows: rdx, length: rcx)
  void write() {
    enter();
    Xbyak::Label row;
    Xbyak::Label vector;
    Xbyak::Label tail;
    Xbyak::Label next;
    c_.L(row);
    c_.xor_(index_.cvt32(), index_.cvt32());
    c_.cmp(index_, last_);
    c_.jg(tail, CodeWriter::T_NEAR);
    c_.align(16);
    c_.L(vector);
    one_vector(/*is_tail=*/false);
    c_.add(index_, lanes());
    c_.cmp(index_, last_);
    c_.jle(vector, CodeWriter::T_NEAR);
    c_.L(tail);
    c_.cmp(index_, length_);
    c_.jge(next, CodeWriter::T_NEAR);
    one_vector(/*is_tail=*/true);
    c_.L(next);
    for (size_t i = 0; i < operands_; ++i) advance(i);
    c_.dec(rows_);
    c_.jnz(row, CodeWriter::T_NEAR);
    leave();
    emitter_.emit_constants();
    c_.L(lane_masks_);
    for (uint32_t i = 0; i < lanes(); ++i) c_.dd(0xFFFFFFFFU);
    for (uint32_t i = 0; i < lanes(); ++i) c_.dd(0);
  }

 private:
  uint32_t lanes() const { return static_cast<uint32_t>(vector_bytes(isa_)) / sizeof(float); }
  DataType type_of(size_t operand) const {
    return operand + 1 < operands_ ? program_.inputs[operand]
                                   : program_.type_of(program_.outputs[0]);
  }
  bool repeats(size_t operand) const { return operand + 1 < operands_ && repeats_[operand]; }

  size_t frame_pointers() const { return aligned(static_cast<size_t>(emitter_.spill_bytes())); }
  Address pointer_in_frame(size_t operand) {
    return c_.ptr[c_.rsp + (frame_pointers() + operand * kPointerBytes)];
  }

  void enter() {
    c_.push(c_.rbp);
    c_.mov(c_.rbp, c_.rsp);
    for (const int reg : kSavedRegisters) c_.push(Reg64(reg));
    const size_t frame = frame_pointers() + aligned(operands_ * kPointerBytes);
    c_.sub(c_.rsp, static_cast<uint32_t>(frame));
    c_.and_(c_.rsp, ~static_cast<uint32_t>(kFrameAlignment - 1));
    for (size_t i = 0; i < operands_; ++i) {
      const Address given = c_.ptr[c_.rdi + i * kPointerBytes];
      if (i < kPointerRegisters.size()) {
        c_.mov(Reg64(kPointerRegisters[i]), given);
      } else {
        c_.mov(index_, given);
        c_.mov(pointer_in_frame(i), index_);
      }
    }
    make_tail_mask();
    c_.mov(last_, length_);
    c_.sub(last_, lanes());
  }

  // The lanes of the last vector of a row that are elements.
  void make_tail_mask() {
    c_.mov(index_, length_);
    c_.and_(index_, lanes() - 1);
    if (isa_ == Isa::kAvx512) {
      c_.mov(address_.cvt32(), 0xFFFFFFFFU);
      c_.bzhi(address_.cvt32(), address_.cvt32(), index_.cvt32());
      c_.kmovw(tail_, address_.cvt32());
    } else {
      c_.lea(address_, c_.ptr[c_.rip + lane_masks_]);
      c_.neg(index_);
      c_.vmovups(lanes_, c_.ptr[address_ + index_ * 4 + lanes() * sizeof(float)]);
    }
  }

  void leave() {
    c_.lea(c_.rsp, c_.ptr[c_.rbp - kSavedRegisters.size() * kPointerBytes]);
    for (size_t i = kSavedRegisters.size(); i-- > 0;) c_.pop(Reg64(kSavedRegisters[i]));
    c_.pop(c_.rbp);
    c_.vzeroupper();
    c_.ret();
  }

  void advance(size_t operand) {
    const Address stride = c_.ptr[c_.rsi + operand * kPointerBytes];
    if (operand < kPointerRegisters.size()) {
      c_.add(Reg64(kPointerRegisters[operand]), stride);
    } else {
      c_.mov(address_, stride);
      c_.add(pointer_in_frame(operand), address_);
    }
  }

  // Where element `index` of the row is, or the only one.
  Xbyak::RegExp place(size_t operand, int width) {
    Reg64 pointer = address_;
    if (operand < kPointerRegisters.size()) {
      pointer = Reg64(kPointerRegisters[operand]);
    } else {
      c_.mov(pointer, pointer_in_frame(operand));
    }
    return repeats(operand) ? Xbyak::RegExp(pointer) : pointer + index_ * width;
  }

  void one_vector(bool is_tail) {
    load(0, in_out_, is_tail);
    emitter_.emit(in_out_, {.vectors = scratch_, .mask = mask_, .address = address_},
                  [&](int input, const Vmm& to) { load(static_cast<size_t>(input), to, is_tail); });
    if (type_of(operands_ - 1) == DataType::kBool) {
      store_bools(is_tail);
    } else {
      store_floats(is_tail);
    }
  }

  void load(size_t operand, const Vmm& to, bool is_tail) {
    if (type_of(operand) == DataType::kBool) {
      load_bools(operand, to, is_tail);
      return;
    }
    const Address from = c_.ptr[place(operand, sizeof(float))];
    if (repeats(operand)) {
      c_.vbroadcastss(to, from);
    } else if (!is_tail) {
      c_.vmovups(to, from);
    } else if (isa_ == Isa::kAvx512) {
      c_.vmovups(to | tail_ | Xbyak::EvexModifierZero(), from);
    } else {
      c_.vmaskmovps(to, lanes_, from);
    }
  }

  void store_floats(bool is_tail) {
    const Address to = c_.ptr[place(operands_ - 1, sizeof(float))];
    if (!is_tail) {
      c_.vmovups(to, in_out_);
    } else if (isa_ == Isa::kAvx512) {
      c_.vmovups(to | tail_, in_out_);
    } else {
      c_.vmaskmovps(to, lanes_, in_out_);
    }
  }

  void load_bools(size_t operand, const Vmm& to, bool is_tail) {
    const Xbyak::RegExp from = place(operand, 1);
    const Xbyak::Xmm low(to.getIdx());
    if (repeats(operand)) {
      c_.vpbroadcastb(to, c_.ptr[from]);
    } else if (!is_tail) {
      c_.vpmovzxbd(to, c_.ptr[from]);
    } else if (isa_ == Isa::kAvx512) {
      c_.vmovdqu8(low | tail_ | Xbyak::EvexModifierZero(), c_.ptr[from]);
      c_.vpmovzxbd(to, low);
    } else {
      read_bytes(from);
      c_.vmovq(low, bytes_);
      c_.vpmovzxbd(to, low);
    }
    if (isa_ == Isa::kAvx512) {
      c_.vptestmd(mask_, to, to);
      c_.vpmovm2d(to, mask_);
    } else {
      c_.vpxor(spare_, spare_, spare_);
      c_.vpcmpgtd(to, to, spare_);
    }
  }

  void store_bools(bool is_tail) {
    c_.vpsrld(in_out_, in_out_, 31);
    const Address to = c_.ptr[place(operands_ - 1, 1)];
    if (isa_ == Isa::kAvx512) {
      c_.vpmovdb(is_tail ? to | tail_ : to, in_out_);
      return;
    }
    const Xbyak::Xmm low(in_out_.getIdx());
    const Xbyak::Xmm high(spare_.getIdx());
    c_.vextracti128(high, Xbyak::Ymm(in_out_.getIdx()), 1);
    c_.vpackssdw(low, low, high);
    c_.vpackuswb(low, low, low);
    if (is_tail) {
      c_.vmovq(bytes_, low);
      write_bytes();
    } else {
      c_.vmovq(to, low);
    }
  }

  // The bytes of a tail on AVX2, the first one lowest.
  void read_bytes(const Xbyak::RegExp& from) {
    Xbyak::Label byte;
    // From the last one backwards.
    c_.lea(address_, c_.ptr[from]);
    c_.mov(count_, length_);
    c_.sub(count_, index_);
    c_.xor_(bytes_.cvt32(), bytes_.cvt32());
    c_.L(byte);
    c_.shl(bytes_, 8);
    c_.mov(bytes_.cvt8(), c_.ptr[address_ + count_ - 1]);
    c_.dec(count_);
    c_.jnz(byte);
  }

  void write_bytes() {
    Xbyak::Label byte;
    c_.lea(address_, c_.ptr[place(operands_ - 1, 1)]);
    c_.mov(count_, length_);
    c_.sub(count_, index_);
    c_.L(byte);
    c_.mov(c_.ptr[address_], bytes_.cvt8());
    c_.inc(address_);
    c_.shr(bytes_, 8);
    c_.dec(count_);
    c_.jnz(byte);
  }

  CodeWriter& c_;
  Isa isa_;
  const PointwiseProgram& program_;
  std::span<const bool> repeats_;
  size_t operands_;
  ProgramEmitter emitter_;
  Vmm in_out_;
  Vmm spare_;
  Vmm lanes_;
  std::vector<int> scratch_;
  Xbyak::Label lane_masks_;

  const Reg64 rows_ = Reg64(Xbyak::Operand::RDX);
  const Reg64 length_ = Reg64(Xbyak::Operand::RCX);
  const Reg64 index_ = Reg64(Xbyak::Operand::RAX);
  // The last index where a whole vector begins.
  const Reg64 last_ = Reg64(Xbyak::Operand::R8);
  const Reg64 address_ = Reg64(Xbyak::Operand::R9);
  // Free once the operands' pointers are read.
  const Reg64 bytes_ = Reg64(Xbyak::Operand::RDI);
  const Reg64 count_ = Reg64(Xbyak::Operand::RBX);
  const Xbyak::Opmask mask_ = Xbyak::Opmask(1);
  const Xbyak::Opmask tail_ = Xbyak::Opmask(2);
};

}  // namespace

Result<PointwiseLoop> PointwiseLoop::create(CodeSet& code, const PointwiseProgram& program,
                                            std::span<const bool> repeats) {
  std::string key = fmt::format("pointwise {} repeating", to_string(program));
  for (const bool repeated : repeats) key += repeated ? " 1" : " 0";
  const auto write = [&](CodeWriter& writer) {
    LoopWriter(writer, code.isa(), program, repeats).write();
  };
  return PointwiseLoop(TRY(code.get(key, write)));
}

}  // namespace tenon::internal
