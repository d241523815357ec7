#include "devices/cpu/jit/fold_kernel.h"

#include "base/check.h"
#include "base/function_ref.h"
#include "base/try.h"
#include "devices/cpu/jit/program_emitter.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace tenon::internal {
namespace {

using Xbyak::Address;
using Xbyak::Reg64;
using Xbyak::RegExp;

// Accumulators that are folded in turn, so that none waits for its last step.
constexpr uint32_t kAccumulators = 4;
// The first vector register that is none.
constexpr int kFirstOther = kAccumulators;
constexpr size_t kFrameAlignment = 64;
constexpr std::array kSavedRegisters = {Xbyak::Operand::RBX, Xbyak::Operand::R12,
                                        Xbyak::Operand::R13, Xbyak::Operand::R14,
                                        Xbyak::Operand::R15};

class FoldWriter {
 public:
  FoldWriter(CodeWriter& code, Isa isa, const FoldSpec& spec)
      : c_(code),
        isa_(isa),
        spec_(spec),
        fold_(code, isa, spec.fold),
        value_(vector_register(isa, kFirstOther)),
        spare_(vector_register(isa, kFirstOther + 1)),
        lanes_(vector_register(isa, kFirstOther + 2)) {
    if (!spec.map.is_empty()) map_.emplace(code, isa, spec.map);
    constexpr int kFirstScratch = kFirstOther + 3;
    scratch_.resize(static_cast<size_t>((isa == Isa::kAvx512 ? 32 : 16) - kFirstScratch));
    std::iota(scratch_.begin(), scratch_.end(), kFirstScratch);
  }

  // void(const FoldCall*: rdi)
  void write() {
    enter();
    if (spec_.direction == FoldDirection::kAlong) {
      write_along();
    } else {
      write_across();
    }
    leave();
    fold_.emit_constants();
    if (map_) map_->emit_constants();
    c_.align(kFrameAlignment);
    c_.L(lane_masks_);
    for (uint32_t i = 0; i < lanes(); ++i) c_.dd(0xFFFFFFFFU);
    for (uint32_t i = 0; i < lanes(); ++i) c_.dd(0);
    c_.L(start_);
    c_.dd(std::bit_cast<uint32_t>(spec_.start));
  }

 private:
  uint32_t lanes() const { return static_cast<uint32_t>(vector_bytes(isa_)) / sizeof(float); }
  size_t bytes_of(uint32_t vectors) const {
    return static_cast<size_t>(vectors) * static_cast<size_t>(vector_bytes(isa_));
  }
  bool is_wide() const { return isa_ == Isa::kAvx512; }
  Vmm accumulator(uint32_t index) const { return vector_register(isa_, static_cast<int>(index)); }
  Address field(size_t offset) const { return c_.ptr[call_ + offset]; }

  void enter() {
    c_.push(c_.rbp);
    c_.mov(c_.rbp, c_.rsp);
    for (const int reg : kSavedRegisters) c_.push(Reg64(reg));
    const int spills = std::max(fold_.spill_bytes(), map_ ? map_->spill_bytes() : 0);
    if (spills > 0) c_.sub(c_.rsp, static_cast<uint32_t>(spills));
    c_.and_(c_.rsp, ~static_cast<uint32_t>(kFrameAlignment - 1));
    c_.mov(elements_, field(offsetof(FoldCall, elements)));
    if (spec_.stores) c_.mov(mapped_, field(offsetof(FoldCall, mapped)));
    for (size_t i = 0; i < spec_.extras.size(); ++i) {
      c_.mov(extras_[i], field(offsetof(FoldCall, extras) + i * sizeof(float*)));
    }
    c_.mov(count_, field(offsetof(FoldCall, count)));
  }

  void leave() {
    c_.lea(c_.rsp, c_.ptr[c_.rbp - kSavedRegisters.size() * sizeof(uint64_t)]);
    for (size_t i = kSavedRegisters.size(); i-- > 0;) c_.pop(Reg64(kSavedRegisters[i]));
    c_.pop(c_.rbp);
    c_.vzeroupper();
    c_.ret();
  }

  // The first `remaining` lanes, or all where it is more; it is at least 1.
  void make_mask(const Reg64& remaining) {
    c_.mov(address_.cvt32(), lanes());
    c_.cmp(remaining, address_);
    c_.cmovl(address_, remaining);
    if (is_wide()) {
      c_.mov(temporary_.cvt32(), 0xFFFFFFFFU);
      c_.bzhi(temporary_.cvt32(), temporary_.cvt32(), address_.cvt32());
      c_.kmovw(mask_, temporary_.cvt32());
    } else {
      c_.lea(temporary_, c_.ptr[c_.rip + lane_masks_]);
      c_.neg(address_);
      c_.vmovups(lanes_, c_.ptr[temporary_ + address_ * 4 + lanes() * sizeof(float)]);
    }
  }

  void load(const Vmm& to, const Address& from, bool masked) {
    if (!masked) {
      c_.vmovups(to, from);
    } else if (is_wide()) {
      c_.vmovups(to | mask_ | Xbyak::EvexModifierZero(), from);
    } else {
      c_.vmaskmovps(to, lanes_, from);
    }
  }

  void store(const Address& to, const Vmm& from, bool masked) {
    if (!masked) {
      c_.vmovups(to, from);
    } else if (is_wide()) {
      c_.vmovups(to | mask_, from);
    } else {
      c_.vmaskmovps(to, lanes_, from);
    }
  }

  EmitterScratch scratch() const {
    return {.vectors = scratch_, .mask = spare_mask_, .address = address_};
  }

  void fold(const Vmm& into, const Vmm& value) {
    fold_.emit(into, scratch(), [&](int, const Vmm& to) { c_.vmovaps(to, value); });
  }

  // What is folded of the vector of elements at an offset, `vector` vectors of results behind
  // result_, into value_.
  void take(const RegExp& offset, uint32_t vector, bool masked) {
    load(value_, c_.ptr[elements_ + offset], masked);
    if (map_) {
      map_->emit(value_, scratch(), [&](int input, const Vmm& to) {
        const auto extra = static_cast<size_t>(input - 1);
        const bool across = spec_.direction == FoldDirection::kAcross;
        if (spec_.extras[extra] == FoldExtra::kElement) {
          load(to, c_.ptr[extras_[extra] + offset], masked);
        } else if (spec_.extras[extra] == FoldExtra::kOne) {
          c_.vbroadcastss(to, c_.ptr[extras_[extra]]);
        } else if (across) {
          load(to, c_.ptr[extras_[extra] + result_ + bytes_of(vector)], masked);
        } else {
          c_.vbroadcastss(to, c_.ptr[extras_[extra] + result_]);
        }
      });
    }
    if (spec_.stores) store(c_.ptr[mapped_ + offset], value_, masked);
  }

  // The vector of a row that is `vector` vectors behind index_.
  void take_along(uint32_t vector, bool masked) { take(index_ * 4 + bytes_of(vector), 0, masked); }

  void write_along() {
    Xbyak::Label row;
    c_.mov(number_, field(offsetof(FoldCall, number)));
    c_.xor_(result_.cvt32(), result_.cvt32());
    c_.L(row);
    fold_row();
    c_.mov(temporary_, field(offsetof(FoldCall, row_bytes)));
    c_.add(elements_, temporary_);
    if (spec_.stores) c_.add(mapped_, temporary_);
    for (size_t i = 0; i < spec_.extras.size(); ++i) {
      if (spec_.extras[i] == FoldExtra::kElement) c_.add(extras_[i], temporary_);
    }
    c_.add(result_, sizeof(float));
    c_.sub(number_, 1);
    c_.jg(row, CodeWriter::T_NEAR);
  }

  void fold_row() {
    for (uint32_t i = 0; i < kAccumulators; ++i) {
      c_.vbroadcastss(accumulator(i), c_.ptr[c_.rip + start_]);
    }
    c_.xor_(index_.cvt32(), index_.cvt32());
    for (const uint32_t vectors : {kAccumulators, 1U}) {
      Xbyak::Label next;
      Xbyak::Label done;
      c_.L(next);
      c_.lea(temporary_, c_.ptr[index_ + static_cast<size_t>(vectors * lanes())]);
      c_.cmp(temporary_, count_);
      c_.jg(done, CodeWriter::T_NEAR);
      for (uint32_t i = 0; i < vectors; ++i) {
        take_along(i, /*masked=*/false);
        fold(accumulator(i), value_);
      }
      c_.add(index_, vectors * lanes());
      c_.jmp(next, CodeWriter::T_NEAR);
      c_.L(done);
    }
    write_tail_along();
    fold(accumulator(0), accumulator(1));
    fold(accumulator(2), accumulator(3));
    fold(accumulator(0), accumulator(2));
    write_result_along();
  }

  void write_tail_along() {
    Xbyak::Label done;
    c_.mov(row_, count_);
    c_.sub(row_, index_);
    c_.jle(done, CodeWriter::T_NEAR);
    make_mask(row_);
    take_along(0, /*masked=*/true);
    c_.vmovaps(spare_, accumulator(0));
    fold(spare_, value_);
    if (is_wide()) {
      c_.vmovaps(accumulator(0) | mask_, spare_);
    } else {
      c_.vblendvps(accumulator(0), accumulator(0), spare_, lanes_);
    }
    c_.L(done);
  }

  // Folds the lanes of the first accumulator, half by half.
  void write_result_along() {
    const Vmm sum = accumulator(0);
    constexpr uint8_t kSwapHalves = 0b01001110;
    constexpr uint8_t kSwapPairs = 0b10110001;
    if (is_wide()) {
      const Xbyak::Zmm from(sum.getIdx());
      const Xbyak::Zmm to(value_.getIdx());
      c_.vshuff32x4(to, from, from, kSwapHalves);
      fold(sum, value_);
      c_.vshuff32x4(to, from, from, kSwapPairs);
    } else {
      const Xbyak::Ymm from(sum.getIdx());
      c_.vperm2f128(Xbyak::Ymm(value_.getIdx()), from, from, 1);
    }
    fold(sum, value_);
    for (const uint8_t order : {kSwapHalves, kSwapPairs}) {
      c_.vshufps(value_, sum, sum, order);
      fold(sum, value_);
    }
    c_.mov(temporary_, field(offsetof(FoldCall, results)));
    const Xbyak::Xmm low(sum.getIdx());
    c_.vmulss(low, low, field(offsetof(FoldCall, scale)));
    c_.vmovss(c_.ptr[temporary_ + result_], low);
  }

  void write_across() {
    c_.mov(number_, field(offsetof(FoldCall, number)));
    c_.xor_(result_.cvt32(), result_.cvt32());
    Xbyak::Label many;
    Xbyak::Label few;
    Xbyak::Label done;
    c_.L(many);
    c_.cmp(number_, kAccumulators * lanes());
    c_.jl(few, CodeWriter::T_NEAR);
    across_columns(kAccumulators, /*masked=*/false);
    c_.jmp(many, CodeWriter::T_NEAR);
    c_.L(few);
    c_.test(number_, number_);
    c_.jle(done, CodeWriter::T_NEAR);
    make_mask(number_);
    across_columns(1, /*masked=*/true);
    c_.jmp(few, CodeWriter::T_NEAR);
    c_.L(done);
  }

  // All rows of the next columns; then those after them are next.
  void across_columns(uint32_t vectors, bool masked) {
    for (uint32_t i = 0; i < vectors; ++i) {
      c_.vbroadcastss(accumulator(i), c_.ptr[c_.rip + start_]);
    }
    Xbyak::Label row;
    Xbyak::Label end;
    c_.mov(index_, count_);
    c_.xor_(row_.cvt32(), row_.cvt32());
    c_.L(row);
    c_.sub(index_, 1);
    c_.jl(end, CodeWriter::T_NEAR);
    for (uint32_t i = 0; i < vectors; ++i) {
      take(row_ + bytes_of(i), i, masked);
      fold(accumulator(i), value_);
    }
    c_.add(row_, field(offsetof(FoldCall, row_bytes)));
    c_.jmp(row, CodeWriter::T_NEAR);
    c_.L(end);
    c_.mov(temporary_, field(offsetof(FoldCall, results)));
    c_.vbroadcastss(value_, field(offsetof(FoldCall, scale)));
    for (uint32_t i = 0; i < vectors; ++i) {
      c_.vmulps(accumulator(i), accumulator(i), value_);
      store(c_.ptr[temporary_ + result_ + bytes_of(i)], accumulator(i), masked);
    }
    const auto done = static_cast<uint32_t>(bytes_of(vectors));
    c_.add(result_, done);
    c_.add(elements_, done);
    if (spec_.stores) c_.add(mapped_, done);
    for (size_t i = 0; i < spec_.extras.size(); ++i) {
      if (spec_.extras[i] == FoldExtra::kElement) c_.add(extras_[i], done);
    }
    c_.sub(number_, vectors * lanes());
  }

  CodeWriter& c_;
  Isa isa_;
  const FoldSpec& spec_;
  ProgramEmitter fold_;
  std::optional<ProgramEmitter> map_;
  Vmm value_;
  Vmm spare_;
  // On AVX2 what mask_ is on AVX-512.
  Vmm lanes_;
  std::vector<int> scratch_;
  Xbyak::Label lane_masks_;
  Xbyak::Label start_;

  const Reg64 call_ = Reg64(Xbyak::Operand::RDI);
  const Reg64 elements_ = Reg64(Xbyak::Operand::R8);
  const Reg64 mapped_ = Reg64(Xbyak::Operand::R9);
  const std::array<Reg64, kMaxFoldExtras> extras_ = {
      Reg64(Xbyak::Operand::R12), Reg64(Xbyak::Operand::R13), Reg64(Xbyak::Operand::R14),
      Reg64(Xbyak::Operand::R15)};
  const Reg64 count_ = Reg64(Xbyak::Operand::RCX);
  const Reg64 index_ = Reg64(Xbyak::Operand::RAX);
  // Bytes from the elements to the current row.
  const Reg64 row_ = Reg64(Xbyak::Operand::RDX);
  // Results that remain, and bytes of those that are done.
  const Reg64 number_ = Reg64(Xbyak::Operand::R10);
  const Reg64 result_ = Reg64(Xbyak::Operand::RSI);
  const Reg64 temporary_ = Reg64(Xbyak::Operand::R11);
  const Reg64 address_ = Reg64(Xbyak::Operand::RBX);
  const Xbyak::Opmask mask_ = Xbyak::Opmask(2);
  const Xbyak::Opmask spare_mask_ = Xbyak::Opmask(1);
};

}  // namespace

Result<FoldKernel> FoldKernel::create(CodeSet& code, const FoldSpec& spec) {
  std::string key =
      fmt::format("fold {} {} from {} of {} stored {} extras",
                  spec.direction == FoldDirection::kAlong ? "along" : "across",
                  to_string(spec.fold), std::bit_cast<uint32_t>(spec.start),
                  spec.map.is_empty() ? "elements" : to_string(spec.map), spec.stores);
  for (const FoldExtra extra : spec.extras) key += fmt::format(" {}", static_cast<int>(extra));
  const auto write = [&](CodeWriter& writer) { FoldWriter(writer, code.isa(), spec).write(); };
  return FoldKernel(TRY(code.get(key, write)));
}

FoldSpec fold_of(ScalarCode code, FoldDirection direction) {
  constexpr DataType kF32 = DataType::kFloat32;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  FoldSpec spec{.direction = direction, .fold = {}};
  spec.fold.inputs = {kF32, kF32};
  spec.fold.body = {{.code = code, .type = kF32, .operands = {0, 1, -1}}};
  spec.fold.outputs = {2};
  switch (code) {
    case ScalarCode::kAdd:
      spec.start = 0;
      break;
    case ScalarCode::kMul:
      spec.start = 1;
      break;
    case ScalarCode::kMin:
      spec.start = kInfinity;
      break;
    default:
      TENON_CHECK(code == ScalarCode::kMax);
      spec.start = -kInfinity;
  }
  return spec;
}

}  // namespace tenon::internal
