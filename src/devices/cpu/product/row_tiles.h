// How the rows of a product or of windows are cut into tiles, and where the rows of a block of
// tiles are: what kernels of tiles read, for several panels of columns.
#pragma once

#include "base/function_ref.h"
#include "devices/cpu/jit/tile_writer.h"
#include "tensor/dim.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

// Pointers to rows of a that a block of rows may need, and its most rows.
inline constexpr int64_t kMaxBlockPointers = 8192;
inline constexpr int64_t kMaxBlockRows = 256;
// The most taps: a tile's pointers must fit.
inline constexpr int64_t kMaxTaps = kMaxBlockPointers / kMaxTileRows;

// The forms that rows of a problem may have; code is made for these alone.
using RowForms = std::span<const RowForm>;
inline constexpr std::array kAllRowForms = {RowForm::kListed, RowForm::kEven};
inline constexpr RowForms kListedRows = std::span(kAllRowForms).first(1);
inline constexpr RowForms kEvenRows = std::span(kAllRowForms).last(1);

// What is known of the rows of a problem before its shapes are: their number, as the product of
// these dims, and their forms.
struct PossibleRows {
  SymbolicShape number;
  RowForms forms = kAllRowForms;
};

// Code may depend on the number of tiles as far as these; more are many.
inline constexpr int64_t kFewTiles = 12;

// Tiles that differ by one row at most, the higher ones first.
class RowTiles {
 public:
  RowTiles(int64_t rows, int most_rows);

  // Where the number of rows is the product of these dims: tiles of each kind that there may be,
  // that is with each pair of heights and of numbers up to kFewTiles.
  static std::vector<RowTiles> of_each_kind(const SymbolicShape& rows, int most_rows);

  int64_t count() const { return count_; }
  int64_t rows_of(int64_t tile) const { return rows_ / count_ + (tile < rows_ % count_ ? 1 : 0); }
  int64_t first_row(int64_t tile) const;
  // Each number of rows that a tile has.
  std::vector<int> heights() const;

 private:
  int64_t rows_;
  int64_t count_;
};

// Where rows are.
struct RowAddresses {
  // Writes for each tap where rows [first, first + count) of a are: [taps][count]. But where these
  // and the rows of c lie at even distances, only where the first is, [taps], and returns true.
  FunctionRef<bool(int64_t first, int64_t count, const float** pointers)> rows_of_a;
  // Writes where rows [first, first + count) of c start: their first column.
  FunctionRef<void(int64_t first, int64_t count, float** pointers)> rows_of_c;
  // Elements from one even row to the next.
  int64_t a_stride = 0;
  int64_t c_stride = 0;
};

// Tiles behind one another that the same code computes in one call.
struct TileRun {
  int64_t tiles = 0;
  int64_t rows = 0;
  RowForm form = RowForm::kListed;
  const float* const* a = nullptr;
  float* const* c = nullptr;

  // Addresses of a for one tile and tap.
  int64_t listed_rows() const { return form == RowForm::kEven ? 1 : rows; }
};

// The addresses of some tiles; lives on the stack.
class RowBlock {
 public:
  // Tiles [first, end) have at most kMaxBlockRows rows, and times `taps` kMaxBlockPointers.
  void fill(const RowTiles& tiles, int64_t first, int64_t end, int64_t taps,
            const RowAddresses& addresses);

  std::span<const TileRun> runs() const { return {runs_.data(), count_}; }

 private:
  // Written before they are read.
  std::array<const float*, kMaxBlockPointers> a_;
  std::array<float*, kMaxBlockRows> c_;
  std::array<TileRun, kMaxBlockRows> runs_;
  size_t count_ = 0;
};

// The most tiles of a block.
int64_t tiles_of_block(int64_t taps, int tile_rows);

}  // namespace tenon::internal
