#include "devices/cpu/product/row_tiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

TEST(RowTiles, CoverAllRowsInOrderAndDifferByOneAtMost) {
  for (int most = 1; most <= kMaxTileRows; ++most) {
    for (int64_t rows = 0; rows < 100; ++rows) {
      const RowTiles tiles(rows, most);
      const std::vector<int> heights = tiles.heights();
      int64_t row = 0;
      for (int64_t tile = 0; tile < tiles.count(); ++tile) {
        ASSERT_EQ(tiles.first_row(tile), row);
        ASSERT_LE(tiles.rows_of(tile), most);
        ASSERT_NE(std::ranges::find(heights, tiles.rows_of(tile)), heights.end());
        row += tiles.rows_of(tile);
      }
      ASSERT_EQ(row, rows);
      ASSERT_LE(heights.size(), 2U);
    }
  }
}

// A number of tiles as far as code depends on it, and the height of a tile.
using Kind = std::pair<int64_t, int>;

std::set<Kind> kinds_of(std::span<const RowTiles> all) {
  std::set<Kind> kinds;
  for (const RowTiles& tiles : all) {
    for (const int height : tiles.heights()) {
      kinds.emplace(std::min(tiles.count(), kFewTiles + 1), height);
    }
  }
  return kinds;
}

TEST(RowTiles, AreOfEachKindThatAnOpenNumberOfRowsHasAndOfNoOther) {
  for (int most = 1; most <= kMaxTileRows; ++most) {
    for (const int64_t multiple : {1, 2, 3, 7, 9, 16, 49, 63, 100, 196, 1000}) {
      std::vector<RowTiles> all;
      for (int64_t i = 0; i < 300; ++i) all.emplace_back(i * multiple, most);
      const SymbolicShape rows = {Dim::symbol("N"), Dim(multiple)};
      EXPECT_EQ(kinds_of(RowTiles::of_each_kind(rows, most)), kinds_of(all))
          << multiple << " rows at a time, " << most << " in a tile";
    }
  }
  const SymbolicShape known = {Dim(5), Dim(4)};
  EXPECT_EQ(kinds_of(RowTiles::of_each_kind(known, 9)), (std::set<Kind>{{3, 6}, {3, 7}}));
  EXPECT_TRUE(kinds_of(RowTiles::of_each_kind({Dim::symbol("N"), Dim(0)}, 9)).empty());
}

TEST(RowBlock, JoinsTilesOfOneHeightAndForm) {
  // 5, 5, 4, 4 rows; the tiles that begin at rows 5 and 14 are even.
  const RowTiles tiles(18, 5);
  std::vector<float> a(100);
  std::vector<float> c(100);
  const auto rows_of_a = [&](int64_t first, int64_t count, const float** pointers) {
    const bool even = first == 5 || first == 14;
    for (int64_t tap = 0; tap < 2; ++tap) {
      for (int64_t row = 0; row < (even ? 1 : count); ++row) {
        *pointers++ = &a[static_cast<size_t>(2 * (first + row) + tap)];
      }
    }
    return even;
  };
  const auto rows_of_c = [&](int64_t first, int64_t count, float** pointers) {
    for (int64_t row = 0; row < count; ++row) *pointers++ = &c[static_cast<size_t>(first + row)];
  };
  RowBlock block;
  block.fill(tiles, 1, 4, /*taps=*/2, {.rows_of_a = rows_of_a, .rows_of_c = rows_of_c});
  ASSERT_EQ(block.runs().size(), 3U);
  EXPECT_EQ(block.runs()[0].rows, 5);
  EXPECT_EQ(block.runs()[0].form, RowForm::kEven);
  EXPECT_EQ(block.runs()[0].a[1], &a[11]);
  EXPECT_EQ(block.runs()[1].form, RowForm::kListed);
  EXPECT_EQ(block.runs()[1].a[4], &a[21]);
  EXPECT_EQ(block.runs()[1].c[3], &c[13]);
  EXPECT_EQ(block.runs()[2].form, RowForm::kEven);
  EXPECT_EQ(block.runs()[2].c[0], &c[14]);
  block.fill(tiles, 2, 3, /*taps=*/2, {.rows_of_a = rows_of_a, .rows_of_c = rows_of_c});
  ASSERT_EQ(block.runs().size(), 1U);
  EXPECT_EQ(block.runs()[0].tiles, 1);
}

}  // namespace
}  // namespace tenon::internal
