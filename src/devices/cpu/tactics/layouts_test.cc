#include "devices/cpu/tactics/layouts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace tenon::internal {
namespace {

using ::testing::ElementsAre;

TEST(Layouts, KnowHowFarElementsLieApart) {
  EXPECT_THAT(layout_strides(Layout::kPlain, {2, 3, 4, 5}), ElementsAre(60, 20, 5, 1));
  EXPECT_THAT(layout_strides(Layout::kChannelsLast, {2, 3, 4, 5}), ElementsAre(60, 1, 15, 3));
  EXPECT_THAT(layout_strides(Layout::kChannelsLast, {2, 3}), ElementsAre(3, 1));
  EXPECT_THAT(stored_axes(Layout::kChannelsLast, 4), ElementsAre(0, 2, 3, 1));
}

// Where an element of a plain tensor is in channels_last memory.
int64_t moved(int64_t plain, const Shape& shape) {
  const std::vector<int64_t> strides = layout_strides(Layout::kChannelsLast, shape);
  int64_t at = 0;
  for (size_t axis = shape.size(); axis-- > 0;) {
    at += plain % shape[axis] * strides[axis];
    plain /= shape[axis];
  }
  return at;
}

// Calls visit(position) for each element that an order reads.
void visit_elements(const ReadOrder& order, const auto& visit) {
  for (int64_t i = 0; i < tenon::element_count(order.shape); ++i) {
    int64_t at = order.offset;
    int64_t rest = i;
    for (size_t axis = order.shape.size(); axis-- > 0;) {
      at += rest % order.shape[axis] * order.strides[axis];
      rest /= order.shape[axis];
    }
    visit(at);
  }
}

TEST(Layouts, OrdersReadTheSameElementsWhereverTheyLie) {
  constexpr uint64_t kSeed = 7;
  std::mt19937_64 random(kSeed);
  const auto pick = [&](int64_t count) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(count));
  };
  for (int round = 0; round < 300; ++round) {
    // Some elements along each axis, in steps that may go backwards or stand still.
    const Shape shape = {1 + pick(3), 1 + pick(4), 1 + pick(5), 1 + pick(4)};
    const std::vector<int64_t> dense = dense_strides(shape);
    std::vector<size_t> axes = {0, 1, 2, 3};
    std::ranges::shuffle(axes, random);
    ReadOrder order;
    for (const size_t axis : axes) {
      const int64_t first = pick(shape[axis]);
      int64_t step = pick(3);
      if (pick(2) == 0) step = -step;
      int64_t count = 1;
      while (step != 0 && first + count * step >= 0 && first + count * step < shape[axis]) ++count;
      if (step == 0) count = 1 + pick(3);
      order.offset += first * dense[axis];
      order.shape.push_back(count);
      order.strides.push_back(count == 1 ? 0 : step * dense[axis]);
    }
    std::vector<int64_t> want;
    visit_elements(order, [&](int64_t at) { want.push_back(moved(at, shape)); });
    std::vector<int64_t> got;
    visit_elements(in_layout(order, shape, Layout::kChannelsLast),
                   [&](int64_t at) { got.push_back(at); });
    EXPECT_EQ(got, want) << "seed " << kSeed << ", round " << round;
  }
}

}  // namespace
}  // namespace tenon::internal
