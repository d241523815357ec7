#include "devices/cpu/tactics/loop_axes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace tenon::internal {
namespace {

using ::testing::ElementsAre;

using Axes = std::vector<LoopAxis>;

TEST(LoopAxes, MergesWhatEveryTensorPassesOverEvenly) {
  // [4,3,5,6], dense; and a bias of [3,1,1].
  const Axes axes = {{4, {90, 0}}, {3, {30, 1}}, {5, {6, 0}}, {6, {1, 0}}};
  EXPECT_EQ(merge_axes(axes), (Axes{{4, {90, 0}}, {3, {30, 1}}, {30, {1, 0}}}));
  const Axes dense = {{4, {90, 90}}, {3, {30, 30}}, {30, {1, 1}}};
  EXPECT_EQ(merge_axes(dense), (Axes{{360, {1, 1}}}));
  // The second tensor is transposed.
  const Axes transposed = {{4, {5, 1}}, {5, {1, 4}}};
  EXPECT_EQ(merge_axes(transposed), transposed);
}

TEST(LoopAxes, DropsAxesOfOneElement) {
  const Axes axes = {{1, {7, 0}}, {4, {3, 3}}, {1, {100, 5}}, {3, {1, 1}}};
  EXPECT_EQ(merge_axes(axes), (Axes{{12, {1, 1}}}));
  EXPECT_EQ(merge_axes(Axes{{1, {3, 4}}}), (Axes{{1, {0, 0}}}));
  EXPECT_EQ(iterations(merge_axes({})), 1);
}

TEST(LoopAxes, KeepsEmptyLoopsEmpty) {
  const Axes axes = {{4, {0}}, {0, {3}}, {3, {1}}};
  EXPECT_EQ(iterations(axes), 0);
  EXPECT_EQ(iterations(merge_axes(axes)), 0);
}

TEST(LoopAxes, FindsEachIteration) {
  const Axes axes = {{2, {100, 1}}, {3, {10, 0}}};
  std::array<int64_t, 2> offsets = {};
  offsets_at(axes, 0, offsets);
  EXPECT_THAT(offsets, ElementsAre(0, 0));
  offsets_at(axes, 2, offsets);
  EXPECT_THAT(offsets, ElementsAre(20, 0));
  offsets_at(axes, 4, offsets);
  EXPECT_THAT(offsets, ElementsAre(110, 1));
}

TEST(LoopAxes, WalksOverRangesOfIterations) {
  const Axes axes = {{3, {100, 1}}, {2, {10, 5}}, {3, {2, 0}}};
  for (int64_t begin = 0; begin <= iterations(axes); ++begin) {
    for (int64_t end = begin; end <= iterations(axes); ++end) {
      int64_t next = begin;
      std::array<int64_t, 2> offsets = {};
      for_iterations(axes, begin, end, offsets, [&](int64_t index) {
        std::array<int64_t, 2> want = {};
        offsets_at(axes, index, want);
        EXPECT_EQ(index, next++);
        EXPECT_EQ(offsets, want);
      });
      EXPECT_EQ(next, end);
    }
  }
  std::array<int64_t, 2> offsets = {7, 7};
  for_iterations({}, 0, 1, offsets, [&](int64_t) { EXPECT_THAT(offsets, ElementsAre(0, 0)); });
}

}  // namespace
}  // namespace tenon::internal
