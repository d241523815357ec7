#include "devices/cpu/product/row_tiles.h"

#include "base/checked_math.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace tenon::internal {

RowTiles::RowTiles(int64_t rows, int most_rows)
    : rows_(rows), count_(ceil_div<int64_t>(rows, most_rows)) {}

std::vector<RowTiles> RowTiles::of_each_kind(const SymbolicShape& rows, int most_rows) {
  if (const std::optional<int64_t> number = element_count(rows).as_constant()) {
    return {RowTiles(std::max<int64_t>(*number, 0), most_rows)};
  }
  // Of this number, whatever the open dims are.
  SymbolicShape fixed;
  std::ranges::copy_if(rows, std::back_inserter(fixed),
                       [](const Dim& dim) { return dim.is_constant(); });
  const int64_t multiple = std::max<int64_t>(element_count(fixed).as_constant().value_or(1), 1);
  std::vector<RowTiles> kinds;
  const int64_t few = kFewTiles * most_rows;
  for (int64_t number = multiple; number <= few; number += multiple) {
    kinds.emplace_back(number, most_rows);
  }
  // Many tiles are full, but where a row is missing some lack one.
  kinds.emplace_back(few + most_rows + (multiple % most_rows == 0 ? 0 : 1), most_rows);
  return kinds;
}

int64_t RowTiles::first_row(int64_t tile) const {
  return tile * (rows_ / count_) + std::min(tile, rows_ % count_);
}

std::vector<int> RowTiles::heights() const {
  if (count_ == 0) return {};
  std::vector<int> heights = {static_cast<int>(rows_ / count_)};
  if (rows_ % count_ != 0) heights.push_back(heights[0] + 1);
  return heights;
}

int64_t tiles_of_block(int64_t taps, int tile_rows) {
  return std::min(kMaxBlockRows, kMaxBlockPointers / taps) / tile_rows;
}

void RowBlock::fill(const RowTiles& tiles, int64_t first, int64_t end, int64_t taps,
                    const RowAddresses& addresses) {
  count_ = 0;
  const float** a = a_.data();
  float** c = c_.data();
  int64_t row = first < end ? tiles.first_row(first) : 0;
  for (int64_t tile = first; tile < end; ++tile) {
    const int64_t rows = tiles.rows_of(tile);
    const bool even = addresses.rows_of_a(row, rows, a);
    const RowForm form = even ? RowForm::kEven : RowForm::kListed;
    if (count_ == 0 || runs_[count_ - 1].rows != rows || runs_[count_ - 1].form != form) {
      runs_[count_++] = {.tiles = 0, .rows = rows, .form = form, .a = a, .c = c};
    }
    TileRun& run = runs_[count_ - 1];
    ++run.tiles;
    addresses.rows_of_c(row, run.listed_rows(), c);
    a += taps * run.listed_rows();
    c += run.listed_rows();
    row += rows;
  }
}

}  // namespace tenon::internal
