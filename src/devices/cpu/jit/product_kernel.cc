#include "devices/cpu/jit/product_kernel.h"

#include "base/check.h"

#include <array>
#include <cstddef>

namespace tenon::internal {
namespace {

using Xbyak::Reg64;
namespace reg = Xbyak::util;

constexpr size_t kLineBytes = 64;

class ProductWriter : private TileWriter {
 public:
  ProductWriter(CodeWriter& code, const ProductKernelSpec& spec)
      : TileWriter(code, spec.tile), parts_(spec) {}

  void write() {
    enter();
    start_sums();
    add_taps();
    if (parts_.to_partial) {
      store_partial();
    } else {
      finish_tile();
    }
    if (parts_.from_partial || parts_.to_partial) {
      advance_field(offsetof(ProductTile, partial), vectors(first_free()));
    }
    leave();
  }

 private:
  // Behind the sums: a row of b, then one element of a.
  Vmm b_vector(int column) const { return vector(first_free() + column); }
  Vmm a_element() const { return vector(first_free() + spec_.vectors); }

  void start_sums();
  void add_taps();
  void add_step(int step);
  void store_partial();

  // Where a row of a is at the current element of k.
  Xbyak::RegExp row_of_a(int row) const;
  void start_tap();
  void advance_k(int steps);

  const ProductKernelSpec& parts_;
  const Reg64 b_ = reg::rsi;
  const Reg64 a_table_ = reg::rbp;
  const Reg64 taps_ = reg::rdx;
  const Reg64 count_ = reg::rax;
  // Of listed rows, and how far they are read.
  const std::array<Reg64, kMaxTileRows> rows_ = {reg::r8,  reg::r9,  reg::r10, reg::r11, reg::r12,
                                                 reg::r13, reg::r14, reg::r15, reg::rbx};
  const Reg64 offset_ = reg::rcx;
  const EvenRows even_ = {.base = {reg::r8, reg::r9}, .stride = reg::r10, .triple = reg::r11};
  const Reg64 k_stride_ = reg::r12;
  // Listed rows leave it where there are fewer than nine.
  const Reg64 prefetch_ = reg::rbx;
};

void ProductWriter::start_sums() {
  const Reg64 partial = reg::rax;
  if (parts_.from_partial) code_.mov(partial, tile_field(offsetof(ProductTile, partial)));
  for (int i = 0; i < first_free(); ++i) {
    if (parts_.from_partial) {
      code_.vmovups(vector(i), code_.ptr[partial + vectors(i)]);
    } else {
      // Clears the whole register.
      code_.vxorps(Vmm(i), Vmm(i), Vmm(i));
    }
  }
}

Xbyak::RegExp ProductWriter::row_of_a(int row) const {
  return even_rows() ? even_row(even_, row) : rows_[static_cast<size_t>(row)] + offset_;
}

// One element of k: its row of b times the elements of a, which is moved on where k is strided.
void ProductWriter::add_step(int step) {
  for (int column = 0; column < spec_.vectors; ++column) {
    code_.vmovups(b_vector(column), code_.ptr[b_ + vectors(step * spec_.vectors + column)]);
  }
  for (int row = 0; row < spec_.rows; ++row) {
    // A register for the element: as a memory operand of each product it would be loaded once for
    // each vector, and loads are what limits the loop.
    const size_t offset = parts_.strided_k ? 0 : floats(step);
    code_.vbroadcastss(a_element(), code_.ptr[row_of_a(row) + offset]);
    for (int column = 0; column < spec_.vectors; ++column) {
      code_.vfmadd231ps(element(row, column), a_element(), b_vector(column));
    }
  }
  if (!parts_.strided_k) return;
  for (size_t i = 0; i < static_cast<size_t>(bases()); ++i) code_.add(even_.base[i], k_stride_);
}

// The addresses of the next tap.
void ProductWriter::start_tap() {
  if (even_rows()) {
    code_.mov(even_.base[0], code_.ptr[a_table_]);
    code_.add(even_.base[0], tile_field(offsetof(ProductTile, depth_begin)));
    spread_bases(even_);
  } else {
    for (int row = 0; row < spec_.rows; ++row) {
      code_.mov(rows_[static_cast<size_t>(row)], code_.ptr[a_table_ + pointers(row)]);
    }
    code_.mov(offset_, tile_field(offsetof(ProductTile, depth_begin)));
  }
  advance(a_table_, pointers(listed_rows()));
}

void ProductWriter::advance_k(int steps) {
  advance(b_, vectors(steps * spec_.vectors));
  if (parts_.strided_k) return;
  if (even_rows()) {
    for (size_t i = 0; i < static_cast<size_t>(bases()); ++i) {
      advance(even_.base[i], floats(steps));
    }
  } else {
    advance(offset_, floats(steps));
  }
}

void ProductWriter::add_taps() {
  Xbyak::Label tap;
  Xbyak::Label steps;
  Xbyak::Label rest;
  Xbyak::Label single;
  Xbyak::Label tap_end;
  code_.mov(b_, tile_field(offsetof(ProductTile, b)));
  code_.mov(a_table_, tile_field(offsetof(ProductTile, a)));
  code_.mov(taps_, tile_field(offsetof(ProductTile, taps)));
  if (even_rows()) load_strides(even_, offsetof(ProductTile, a_stride));
  if (parts_.strided_k) code_.mov(k_stride_, tile_field(offsetof(ProductTile, a_k_stride)));
  const int lines = parts_.prefetched_lines;
  if (lines > 0) code_.mov(prefetch_, tile_field(offsetof(ProductTile, prefetch)));
  code_.L(tap);
  start_tap();
  code_.mov(count_, tile_field(offsetof(ProductTile, depth)));
  code_.sub(count_, kProductUnroll);
  code_.jl(rest, code_.T_NEAR);
  code_.align(32);
  code_.L(steps);
  for (int line = 0; line < lines; ++line) {
    code_.prefetcht1(code_.ptr[prefetch_ + static_cast<size_t>(line) * kLineBytes]);
  }
  for (int step = 0; step < kProductUnroll; ++step) add_step(step);
  advance_k(kProductUnroll);
  if (lines > 0) advance(prefetch_, static_cast<size_t>(lines) * kLineBytes);
  code_.sub(count_, kProductUnroll);
  code_.jge(steps, code_.T_NEAR);
  code_.L(rest);
  code_.add(count_, kProductUnroll);
  code_.jz(tap_end, code_.T_NEAR);
  code_.L(single);
  add_step(0);
  advance_k(1);
  code_.dec(count_);
  code_.jnz(single, code_.T_NEAR);
  code_.L(tap_end);
  code_.dec(taps_);
  code_.jnz(tap, code_.T_NEAR);
  if (lines > 0) code_.mov(tile_field(offsetof(ProductTile, prefetch)), prefetch_);
  code_.mov(count_, tile_field(offsetof(ProductTile, a_step)));
  code_.add(tile_field(offsetof(ProductTile, a)), count_);
}

void ProductWriter::store_partial() {
  const Reg64 partial = reg::rax;
  code_.mov(partial, tile_field(offsetof(ProductTile, partial)));
  for (int i = 0; i < first_free(); ++i) {
    code_.vmovups(code_.ptr[partial + vectors(i)], vector(i));
  }
}

}  // namespace

std::string ProductKernelSpec::key() const {
  std::string key = "product " + tile.key();
  if (from_partial) key += " from partial";
  if (to_partial) key += " to partial";
  if (strided_k) key += " strided";
  if (prefetched_lines > 0) key += " prefetching " + std::to_string(prefetched_lines);
  return key;
}

bool can_prefetch(const TileSpec& tile) {
  return tile.form == RowForm::kEven || tile.rows < kMaxTileRows;
}

void write_product_kernel(const ProductKernelSpec& spec, CodeWriter& code) {
  TENON_CHECK(spec.tile.rows >= 1 &&
              spec.tile.rows <= max_tile_rows(spec.tile.isa, spec.tile.vectors) &&
              (spec.prefetched_lines == 0 || can_prefetch(spec.tile)) &&
              (!spec.strided_k || spec.tile.form == RowForm::kEven));
  ProductWriter(code, spec).write();
}

}  // namespace tenon::internal
