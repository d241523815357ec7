#include "devices/cpu/jit/tile_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

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
      fmt::format("{} {}{}x{}{}{}", to_string(isa), rows, form == RowForm::kEven ? "e" : "",
                  vectors, tail ? "t" : "", bias ? "b" : "");
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
        extras[i] = std::bit_cast<const void*>(reinterpret_cast<intptr_t>(operands[i]) -
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
  code_.L(next_tile_);
}

void TileWriter::leave() {
  code_.dec(code_.qword[tile_ + offsetof(TileOutput, tiles)]);
  code_.jnz(next_tile_, code_.T_NEAR);
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

void TileWriter::load_bias(const Vmm& destination, int column) {
  code_.mov(reg::r10, tile_field(offsetof(TileOutput, bias)));
  load(destination, reg::r10 + vectors(column), column);
}

void TileWriter::load_extra(int extra, const Vmm& destination, int row, int column) {
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
      load(destination, c_rows_[static_cast<size_t>(row)] + pointer + vectors(column), column);
      break;
  }
}

void TileWriter::load_strides(const EvenRows& rows, size_t stride_field) {
  code_.mov(rows.stride, tile_field(stride_field));
  code_.lea(rows.triple, code_.ptr[rows.stride + rows.stride * 2]);
}

void TileWriter::spread_bases(const EvenRows& rows) {
  for (size_t i = 1; i < static_cast<size_t>(bases()); ++i) {
    code_.lea(rows.base[i], code_.ptr[rows.base[i - 1] + rows.stride * 4]);
    code_.add(rows.base[i], rows.stride);
  }
}

RegExp TileWriter::even_row(const EvenRows& rows, int row) {
  const Reg64& base = rows.base[static_cast<size_t>(row / kRowsOfBase)];
  switch (row % kRowsOfBase) {
    case 0:
      return RegExp(base);
    case 3:
      return base + rows.triple;
    default:
      return base + rows.stride * (row % kRowsOfBase);
  }
}

// Puts where each row's first column is into c_rows_.
void TileWriter::locate_rows() {
  const Reg64 table = reg::r10;
  const Reg64 distance = reg::r11;
  code_.mov(table, tile_field(offsetof(TileOutput, c)));
  if (even_rows()) {
    code_.mov(c_rows_[0], code_.ptr[table]);
    code_.add(c_rows_[0], tile_field(offsetof(TileOutput, column_bytes)));
    code_.mov(distance, tile_field(offsetof(TileOutput, c_stride)));
  } else {
    code_.mov(distance, tile_field(offsetof(TileOutput, column_bytes)));
  }
  for (int row = even_rows() ? 1 : 0; row < spec_.rows; ++row) {
    const auto at = static_cast<size_t>(row);
    if (even_rows()) {
      code_.lea(c_rows_[at], code_.ptr[c_rows_[at - 1] + distance]);
    } else {
      code_.mov(c_rows_[at], code_.ptr[table + pointers(row)]);
      code_.add(c_rows_[at], distance);
    }
  }
  advance_field(offsetof(TileOutput, c), pointers(listed_rows()));
}

void TileWriter::finish_column(int column) {
  std::vector<int> free = free_vectors();
  // One load of the bias for all rows, where a register is left for it.
  const bool keep_bias = spec_.bias && free.size() > ProgramEmitter::kMinScratch;
  const Vmm bias = vector(keep_bias ? free.back() : free.front());
  if (keep_bias) {
    free.pop_back();
    load_bias(bias, column);
  }
  for (int row = 0; row < spec_.rows; ++row) {
    const Vmm value = element(row, column);
    if (spec_.bias && !keep_bias) load_bias(bias, column);
    if (spec_.bias) code_.vaddps(value, value, bias);
    if (emitter_) {
      const EmitterScratch scratch{.vectors = free, .mask = reg::k2, .address = reg::r11};
      emitter_->emit(value, scratch, [&](int input, const Vmm& destination) {
        load_extra(input - 1, destination, row, column);
      });
    }
    store(c_rows_[static_cast<size_t>(row)] + vectors(column), value, column);
  }
}

void TileWriter::finish_tile() {
  prepare_tail();
  locate_rows();
  for (int column = 0; column < spec_.vectors; ++column) finish_column(column);
}

}  // namespace tenon::internal
