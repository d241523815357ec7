#include "devices/cpu/jit/window_kernel.h"

#include "base/check.h"

#include <cstddef>

namespace tenon::internal {
namespace {

using Xbyak::Reg64;
namespace reg = Xbyak::util;

class WindowWriter : private TileWriter {
 public:
  WindowWriter(CodeWriter& code, const WindowKernelSpec& spec)
      : TileWriter(code, spec.tile), kind_(spec.kind) {}

  void write() {
    enter();
    prepare_tail();
    combine_taps();
    if (kind_ == WindowKind::kScaledSum) scale();
    finish_tile();
    leave();
  }

 private:
  // Behind the tile: the weights of a tap, then what a position has there.
  Vmm weight(int column) const { return vector(first_free() + column); }
  Vmm operand() const { return vector(first_free() + spec_.vectors); }

  void combine_taps();
  void combine_tap(bool first);
  void combine(int row, int column, bool first);
  Xbyak::RegExp position(int row) const;
  void keep_greater(const Vmm& value, const Vmm& other);
  void scale();

  WindowKind kind_;
  const Reg64 a_ = reg::rbp;
  const Reg64 taps_ = reg::rdx;
  const Reg64 channel_ = reg::rbx;
  const Reg64 weights_ = reg::rsi;
  // Of a listed row.
  const Reg64 position_ = reg::r11;
  const EvenRows even_ = {.base = {reg::r8, reg::r12}, .stride = reg::r10, .triple = reg::r11};
  const Xbyak::Opmask unordered_ = reg::k2;
};

// value = max(value, other), NaN if one of them is.
void WindowWriter::keep_greater(const Vmm& value, const Vmm& other) {
  // The instruction returns its second operand where one is NaN: then `value` stays, and where
  // `other` is the NaN it is put there.
  if (spec_.isa == Isa::kAvx512) {
    code_.vcmpunordps(unordered_, other, other);
    code_.vmaxps(value, other, value);
    code_.vmovaps(value | unordered_, other);
  } else {
    const Vmm is_nan = weight(0);
    code_.vcmpunordps(is_nan, other, other);
    code_.vmaxps(value, other, value);
    code_.vorps(value, value, is_nan);
  }
}

// Where the tile's first channel of a row is.
Xbyak::RegExp WindowWriter::position(int row) const {
  return even_rows() ? even_row(even_, row) : position_ + channel_;
}

void WindowWriter::combine(int row, int column, bool first) {
  const Vmm value = element(row, column);
  const Xbyak::RegExp address = position(row) + vectors(column);
  if (first) {
    load(value, address, column);
    if (kind_ == WindowKind::kWeighted) code_.vmulps(value, value, weight(column));
    return;
  }
  load(operand(), address, column);
  switch (kind_) {
    case WindowKind::kWeighted:
      code_.vfmadd231ps(value, operand(), weight(column));
      break;
    case WindowKind::kMax:
      keep_greater(value, operand());
      break;
    case WindowKind::kScaledSum:
      code_.vaddps(value, value, operand());
      break;
  }
}

void WindowWriter::combine_tap(bool first) {
  if (kind_ == WindowKind::kWeighted) {
    for (int column = 0; column < spec_.vectors; ++column) {
      code_.vmovups(weight(column), code_.ptr[weights_ + vectors(column)]);
    }
    advance(weights_, vectors(spec_.vectors));
  }
  if (even_rows()) {
    code_.mov(even_.base[0], code_.ptr[a_]);
    code_.add(even_.base[0], channel_);
    spread_bases(even_);
  }
  for (int row = 0; row < spec_.rows; ++row) {
    if (!even_rows()) code_.mov(position_, code_.ptr[a_ + pointers(row)]);
    for (int column = 0; column < spec_.vectors; ++column) combine(row, column, first);
  }
  advance(a_, pointers(listed_rows()));
}

void WindowWriter::combine_taps() {
  Xbyak::Label next;
  Xbyak::Label end;
  code_.mov(a_, tile_field(offsetof(WindowTile, a)));
  code_.mov(taps_, tile_field(offsetof(WindowTile, taps)));
  code_.mov(channel_, tile_field(offsetof(TileOutput, column_bytes)));
  code_.mov(weights_, tile_field(offsetof(WindowTile, weights)));
  if (even_rows()) load_strides(even_, offsetof(WindowTile, a_stride));
  combine_tap(/*first=*/true);
  code_.dec(taps_);
  code_.jz(end, code_.T_NEAR);
  code_.L(next);
  combine_tap(/*first=*/false);
  code_.dec(taps_);
  code_.jnz(next, code_.T_NEAR);
  code_.L(end);
  code_.mov(tile_field(offsetof(WindowTile, a)), a_);
}

void WindowWriter::scale() {
  code_.mov(position_, tile_field(offsetof(WindowTile, scales)));
  for (int row = 0; row < spec_.rows; ++row) {
    code_.vbroadcastss(operand(), code_.ptr[position_ + floats(row)]);
    for (int column = 0; column < spec_.vectors; ++column) {
      code_.vmulps(element(row, column), element(row, column), operand());
    }
  }
  advance_field(offsetof(WindowTile, scales), floats(spec_.rows));
}

}  // namespace

std::string WindowKernelSpec::key() const {
  return "window " + std::to_string(static_cast<int>(kind)) + " " + tile.key();
}

void write_window_kernel(const WindowKernelSpec& spec, CodeWriter& code) {
  TENON_CHECK(spec.tile.rows >= 1 &&
              spec.tile.rows <= max_tile_rows(spec.tile.isa, spec.tile.vectors));
  WindowWriter(code, spec).write();
}

}  // namespace tenon::internal
