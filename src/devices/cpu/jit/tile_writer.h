// What generated kernels of tiles share: a tile of rows times columns is computed in vector
// registers, then an epilogue is applied and the tile stored.
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

// Where a tile goes: the first part of what generated code reads.
struct TileOutput {
  // [rows], at the tile's first column; aligned as elements are.
  float* const* c = nullptr;
  // At the tile's first column.
  const float* bias = nullptr;
  // One for each extra: the address of the scalar, or of the element at the tile's first column;
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

  Vmm vector(int index) const { return vector_register(spec_.isa, index); }
  // Of the tile.
  Vmm element(int row, int column) const { return vector(row * spec_.vectors + column); }
  // The first register that is not part of the tile, and all of them.
  int first_free() const { return spec_.rows * spec_.vectors; }
  std::vector<int> free_vectors() const;
  Xbyak::Address tile_field(size_t offset) const;

  // Makes the mask of the last vector; clobbers scratch registers.
  void prepare_tail();
  // A vector of column `column` of the tile, masked where it is the tail.
  void load(const Vmm& destination, const Xbyak::RegExp& address, int column);
  // Applies the epilogue and stores. Clobbers all registers but tile_ and those in kept_.
  void finish_tile();

  CodeWriter& code_;
  const TileSpec& spec_;

  const Xbyak::Reg64 tile_ = Xbyak::util::rdi;
  // What finish_tile() leaves alone, for subclasses.
  const std::array<Xbyak::Reg64, 2> kept_ = {Xbyak::util::r14, Xbyak::util::r15};

 private:
  bool is_tail(int column) const { return spec_.tail && column == spec_.vectors - 1; }
  void store(const Xbyak::RegExp& address, const Vmm& source, int column);
  void load_extra(int extra, const Vmm& destination, int column);
  void finish_vector(int row, int column);

  std::optional<ProgramEmitter> emitter_;
  Xbyak::Label avx2_masks_;
  const Xbyak::Opmask tail_mask_ = Xbyak::util::k1;
  const Xbyak::Reg64 avx2_mask_ = Xbyak::util::r9;
  const Xbyak::Reg64 c_row_ = Xbyak::util::rax;
};

}  // namespace tenon::internal
