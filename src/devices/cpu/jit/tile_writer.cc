#include "devices/cpu/jit/tile_writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace tenon::internal {
namespace {

using Xbyak::Reg64;
using Xbyak::RegExp;
namespace reg = Xbyak::util;

// Registers that the caller expects back.
const std::array<Reg64, 6> kSaved = {reg::rbx, reg::rbp, reg::r12, reg::r13, reg::r14, reg::r15};

int registers_of(Isa isa) { return isa == Isa::kAvx512 ? 32 : 16; }

}  // namespace

std::string TileSpec::key() const {
  std::string text =
      fmt::format("{} {}x{}{}{}", to_string(isa), rows, vectors, tail ? "t" : "", bias ? "b" : "");
  if (!epilogue.body.empty()) text += " " + to_string(epilogue);
  for (const ExtraKind kind : extras) text += fmt::format(" {}", static_cast<int>(kind));
  return text;
}

int lanes_of(Isa isa) { return isa == Isa::kAvx512 ? 16 : 8; }

int max_tile_vectors(Isa isa) { return isa == Isa::kAvx512 ? 4 : 3; }

int max_tile_rows(Isa isa, int vectors) {
  // Beside the tile: a row of operands and one more element; four registers for the epilogue.
  return std::min(kMaxTileRows, (registers_of(isa) - std::max(vectors + 1, 4)) / vectors);
}

std::string rejects_epilogue(const PointwiseProgram& program) {
  return program.body.empty() ? std::string() : ProgramEmitter::rejects(program);
}

void locate_extras(std::span<const ExtraKind> kinds, std::span<const float* const> operands,
                   const float* c, int64_t column, const void** extras) {
  for (size_t i = 0; i < kinds.size(); ++i) {
    switch (kinds[i]) {
      case ExtraKind::kScalar:
        extras[i] = operands[i];
        break;
      case ExtraKind::kRow:
        extras[i] = operands[i] + column;
        break;
      case ExtraKind::kFull:
        // A distance: the kernel adds it to the address of each row of c.
        extras[i] = reinterpret_cast<const void*>(reinterpret_cast<intptr_t>(operands[i]) -
                                                  reinterpret_cast<intptr_t>(c));
        break;
    }
  }
}

TileWriter::TileWriter(CodeWriter& code, const TileSpec& spec) : code_(code), spec_(spec) {
  if (!spec.epilogue.body.empty()) emitter_.emplace(code, spec.isa, spec.epilogue);
}

std::vector<int> TileWriter::free_vectors() const {
  std::vector<int> free;
  for (int index = first_free(); index < registers_of(spec_.isa); ++index) free.push_back(index);
  return free;
}

Xbyak::Address TileWriter::tile_field(size_t offset) const { return code_.ptr[tile_ + offset]; }

void TileWriter::enter() {
  for (const Reg64& saved : kSaved) code_.push(saved);
  if (emitter_ && emitter_->spill_bytes() > 0) {
    code_.sub(reg::rsp, static_cast<uint32_t>(emitter_->spill_bytes()));
  }
}

void TileWriter::leave() {
  if (emitter_ && emitter_->spill_bytes() > 0) {
    code_.add(reg::rsp, static_cast<uint32_t>(emitter_->spill_bytes()));
  }
  code_.vzeroupper();
  for (auto saved = kSaved.rbegin(); saved != kSaved.rend(); ++saved) code_.pop(*saved);
  code_.ret();
  if (emitter_) emitter_->emit_constants();
  if (spec_.tail && spec_.isa == Isa::kAvx2) {
    // A window of eight that starts n elements before the middle selects n lanes.
    code_.align(32);
    code_.L(avx2_masks_);
    for (int i = 0; i < 16; ++i) code_.dd(i < 8 ? 0xFFFFFFFFU : 0U);
  }
}

void TileWriter::prepare_tail() {
  if (!spec_.tail) return;
  code_.mov(reg::rcx, tile_field(offsetof(TileOutput, tail_columns)));
  if (spec_.isa == Isa::kAvx512) {
    code_.mov(reg::eax, 1);
    code_.shl(reg::eax, reg::cl);
    code_.dec(reg::eax);
    code_.kmovw(tail_mask_, reg::eax);
  } else {
    code_.lea(avx2_mask_, code_.ptr[reg::rip + avx2_masks_ + 32]);
    code_.shl(reg::rcx, 2);
    code_.sub(avx2_mask_, reg::rcx);
  }
}

void TileWriter::load(const Vmm& destination, const RegExp& address, int column) {
  if (!is_tail(column)) {
    code_.vmovups(destination, code_.ptr[address]);
  } else if (spec_.isa == Isa::kAvx512) {
    code_.vmovups(destination | tail_mask_ | code_.T_z, code_.ptr[address]);
  } else {
    code_.vmovups(destination, code_.ptr[avx2_mask_]);
    code_.vmaskmovps(destination, destination, code_.ptr[address]);
  }
}

void TileWriter::store(const RegExp& address, const Vmm& source, int column) {
  if (!is_tail(column)) {
    code_.vmovups(code_.ptr[address], source);
  } else if (spec_.isa == Isa::kAvx512) {
    code_.vmovups(code_.ptr[address] | tail_mask_, source);
  } else {
    const Vmm mask = vector(first_free());
    code_.vmovups(mask, code_.ptr[avx2_mask_]);
    code_.vmaskmovps(code_.ptr[address], mask, source);
  }
}

void TileWriter::load_extra(int extra, const Vmm& destination, int column) {
  const Reg64 pointer = reg::r10;
  code_.mov(pointer, tile_field(offsetof(TileOutput, extras)));
  code_.mov(pointer, code_.ptr[pointer + pointers(extra)]);
  switch (spec_.extras[static_cast<size_t>(extra)]) {
    case ExtraKind::kScalar:
      code_.vbroadcastss(destination, code_.ptr[pointer]);
      break;
    case ExtraKind::kRow:
      load(destination, pointer + vectors(column), column);
      break;
    case ExtraKind::kFull:
      load(destination, c_row_ + pointer + vectors(column), column);
      break;
  }
}

void TileWriter::finish_vector(int row, int column) {
  const Vmm value = element(row, column);
  if (spec_.bias) {
    const Vmm bias = vector(first_free());
    code_.mov(reg::r10, tile_field(offsetof(TileOutput, bias)));
    load(bias, reg::r10 + vectors(column), column);
    code_.vaddps(value, value, bias);
  }
  if (emitter_) {
    const std::vector<int> free = free_vectors();
    const EmitterScratch scratch{.vectors = free, .mask = reg::k2, .address = reg::r11};
    emitter_->emit(value, scratch, [&](int input, const Vmm& destination) {
      load_extra(input - 1, destination, column);
    });
  }
  store(c_row_ + vectors(column), value, column);
}

void TileWriter::finish_tile() {
  const Reg64 c_table = reg::r8;
  prepare_tail();
  code_.mov(c_table, tile_field(offsetof(TileOutput, c)));
  for (int row = 0; row < spec_.rows; ++row) {
    code_.mov(c_row_, code_.ptr[c_table + pointers(row)]);
    for (int column = 0; column < spec_.vectors; ++column) finish_vector(row, column);
  }
}

}  // namespace tenon::internal
