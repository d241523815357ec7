// What generated kernels of tiles share: tiles of rows times columns are computed in vector
// registers one after another; to each an epilogue is applied before it is stored.
#pragma once

#include "devices/cpu/isa.h"
#include "devices/cpu/jit/code.h"
#include "devices/cpu/jit/program_emitter.h"
#include "ops/pointwise.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tenon::internal {

// How a kernel finds the rows of its tiles.
enum class RowForm : uint8_t {
  // An address for each row.
  kListed,
  // At even distances: the address of a tile's first row, and the distance.
  kEven,
};

// How a kernel finds a further operand of the epilogue.
enum class ExtraKind : uint8_t {
  kScalar,
  // One element a column.
  kRow,
  // As many elements as the result, in the same order.
  kFull,
};

inline constexpr int kMaxTileRows = 9;
inline constexpr size_t kMaxTileExtras = 8;

struct TileSpec {
  Isa isa = Isa::kAvx512;
  // At most max_tile_rows().
  int rows = 1;
  RowForm form = RowForm::kListed;
  // Columns in whole vectors.
  int vectors = 1;
  // The last vector has fewer columns than lanes.
  bool tail = false;
  // One addend a column.
  bool bias = false;
  // Register 0 is the computed element; the others are `extras`, in order. Without a body: none.
  PointwiseProgram epilogue = {};
  std::vector<ExtraKind> extras = {};

  // Equal for equal code only.
  std::string key() const;
};

// f32 lanes of a vector register.
int lanes_of(Isa isa);

// The most vectors of columns of a tile.
int max_tile_vectors(Isa isa);

// The most rows of a tile that fit the registers beside `vectors` vectors of columns.
int max_tile_rows(Isa isa, int vectors);

// Why a program cannot be an epilogue, or empty.
std::string rejects_epilogue(const PointwiseProgram& program);

// Where tiles go: the first part of what generated code reads, and changes while it runs.
struct TileOutput {
  // Tile by tile, the rows of the result: [rows] addresses, or of even rows that of the first.
  // Aligned as elements are.
  float* const* c = nullptr;
  // Bytes from one even row to the next.
  int64_t c_stride = 0;
  // Bytes from the start of a row to the tiles' first column.
  int64_t column_bytes = 0;
  // More than 0.
  int64_t tiles = 1;
  // At the tiles' first column.
  const float* bias = nullptr;
  // One for each extra: the address of the scalar, or of the element at the tiles' first column;
  // of a full one the distance in bytes from an element of c to its own.
  const void* const* extras = nullptr;
  // Columns of the last vector.
  int64_t tail_columns = 0;
};

// The addresses of TileOutput::extras for tiles that start at `column`. `operands` are the first
// elements of the extras, `c` that of the result.
void locate_extras(std::span<const ExtraKind> kinds, std::span<const float* const> operands,
                   const float* c, int64_t column, const void** extras);

// Writes the ends of such a kernel; the middle is a subclass's. Vector registers hold the tile row
// by row from register 0 on; the rest is free.
class TileWriter {
 protected:
  // `code` and `spec` must outlive it.
  TileWriter(CodeWriter& code, const TileSpec& spec);

  // The function takes one pointer, to a struct that starts with a TileOutput; it stays in tile_.
  // What follows is run once a tile.
  void enter();
  // Ends the function and writes its constants.
  void leave();

  // Bytes of that many vectors, floats, pointers: offsets in addresses, which xbyak takes unsigned.
  size_t vectors(int count) const {
    return static_cast<size_t>(count) * static_cast<size_t>(vector_bytes(spec_.isa));
  }
  static size_t floats(int count) { return static_cast<size_t>(count) * sizeof(float); }
  static size_t pointers(int count) { return static_cast<size_t>(count) * sizeof(void*); }
  // Adds a number of bytes.
  void advance(const Xbyak::Reg64& pointer, size_t bytes) {
    code_.add(pointer, static_cast<uint32_t>(bytes));
  }
  void advance_field(size_t offset, size_t bytes) {
    code_.add(code_.qword[tile_ + offset], static_cast<uint32_t>(bytes));
  }

  Vmm vector(int index) const { return vector_register(spec_.isa, index); }
  // Of the tile.
  Vmm element(int row, int column) const { return vector(row * spec_.vectors + column); }
  // The first register that is not part of the tile, and all of them.
  int first_free() const { return spec_.rows * spec_.vectors; }
  std::vector<int> free_vectors() const;
  Xbyak::Address tile_field(size_t offset) const;
  bool even_rows() const { return spec_.form == RowForm::kEven; }
  // Addresses that a tile has for each tap, and for its rows in c.
  int listed_rows() const { return even_rows() ? 1 : spec_.rows; }

  // Makes the mask of the last vector; clobbers rax and rcx.
  void prepare_tail();
  // A vector of column `column` of the tile, masked where it is the tail.
  void load(const Vmm& destination, const Xbyak::RegExp& address, int column);
  // Applies the epilogue and stores. Clobbers all registers but tile_.
  void finish_tile();

  // Even rows are addressed from one register for each five of them.
  static constexpr int kRowsOfBase = 5;
  static constexpr int kBases = (kMaxTileRows + kRowsOfBase - 1) / kRowsOfBase;
  struct EvenRows {
    std::array<Xbyak::Reg64, kBases> base;
    // Once and three times the distance of rows.
    Xbyak::Reg64 stride;
    Xbyak::Reg64 triple;
  };
  // Makes the distances from a number of bytes in the struct.
  void load_strides(const EvenRows& rows, size_t stride_field);
  // Makes the other registers from that of row 0.
  void spread_bases(const EvenRows& rows);
  int bases() const { return (spec_.rows + kRowsOfBase - 1) / kRowsOfBase; }
  static Xbyak::RegExp even_row(const EvenRows& rows, int row);

  CodeWriter& code_;
  const TileSpec& spec_;

  const Xbyak::Reg64 tile_ = Xbyak::util::rdi;

 private:
  bool is_tail(int column) const { return spec_.tail && column == spec_.vectors - 1; }
  void store(const Xbyak::RegExp& address, const Vmm& source, int column);
  void load_bias(const Vmm& destination, int column);
  void load_extra(int extra, const Vmm& destination, int row, int column);
  void locate_rows();
  void finish_column(int column);

  std::optional<ProgramEmitter> emitter_;
  Xbyak::Label next_tile_;
  Xbyak::Label avx2_masks_;
  const Xbyak::Opmask tail_mask_ = Xbyak::util::k1;
  const Xbyak::Reg64 avx2_mask_ = Xbyak::util::r9;
  // Rows of c.
  const std::array<Xbyak::Reg64, kMaxTileRows> c_rows_ = {
      Xbyak::util::rax, Xbyak::util::rbx, Xbyak::util::rcx, Xbyak::util::rdx, Xbyak::util::rsi,
      Xbyak::util::rbp, Xbyak::util::r8,  Xbyak::util::r12, Xbyak::util::r13};
};

}  // namespace tenon::internal
