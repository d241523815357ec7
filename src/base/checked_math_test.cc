#include "base/checked_math.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

namespace tenon::internal {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

static_assert(checked_add(2, 3) == 5);
static_assert(!checked_mul(kMax, int64_t{2}));

TEST(CheckedMath, NoticesOverflowAtBothEnds) {
  EXPECT_EQ(checked_add(kMax - 1, int64_t{1}), kMax);
  EXPECT_EQ(checked_add(kMax, int64_t{1}), std::nullopt);
  EXPECT_EQ(checked_add(kMin, int64_t{-1}), std::nullopt);
  EXPECT_EQ(checked_sub(kMin + 1, int64_t{1}), kMin);
  EXPECT_EQ(checked_sub(kMin, int64_t{1}), std::nullopt);
  EXPECT_EQ(checked_mul(kMin, int64_t{-1}), std::nullopt);
  EXPECT_EQ(checked_mul(int64_t{1} << 32, int64_t{1} << 30), int64_t{1} << 62);
  EXPECT_EQ(checked_mul(int64_t{1} << 32, int64_t{1} << 31), std::nullopt);
}

TEST(CheckedMath, TreatsUnsignedAndNarrowTypesByTheirOwnRange) {
  EXPECT_EQ(checked_sub(size_t{1}, size_t{2}), std::nullopt);
  EXPECT_EQ(checked_add(SIZE_MAX, size_t{1}), std::nullopt);
  EXPECT_EQ(checked_mul(uint8_t{16}, uint8_t{16}), std::nullopt);
  EXPECT_EQ(checked_mul(uint8_t{15}, uint8_t{17}), uint8_t{255});
}

TEST(CheckedMath, ProductIsZeroWithAZeroFactorEvenWhereTheRestOverflows) {
  using Factors = std::vector<int64_t>;
  const auto product = [](const Factors& f) {
    return checked_product(std::span<const int64_t>(f));
  };
  EXPECT_EQ(product({}), 1);
  EXPECT_EQ(product({2, 3, 7}), 42);
  EXPECT_EQ(product({kMax, kMax}), std::nullopt);
  EXPECT_EQ(product({kMax, kMax, 0}), 0);
  EXPECT_EQ(product({0, kMax, kMax}), 0);
}

TEST(CheckedMath, AlignsUp) {
  EXPECT_EQ(align_up(size_t{0}, size_t{64}), size_t{0});
  EXPECT_EQ(align_up(size_t{1}, size_t{64}), size_t{64});
  EXPECT_EQ(align_up(size_t{64}, size_t{64}), size_t{64});
  EXPECT_EQ(align_up(size_t{65}, size_t{64}), size_t{128});
  EXPECT_EQ(align_up(int64_t{7}, int64_t{3}), int64_t{9});
  EXPECT_EQ(align_up(SIZE_MAX - 3, size_t{64}), std::nullopt);
  EXPECT_EQ(align_up(kMax, int64_t{4}), std::nullopt);
}

TEST(CheckedMath, DividesRoundingUp) {
  EXPECT_EQ(ceil_div(int64_t{0}, int64_t{3}), 0);
  EXPECT_EQ(ceil_div(int64_t{6}, int64_t{3}), 2);
  EXPECT_EQ(ceil_div(int64_t{7}, int64_t{3}), 3);
  EXPECT_EQ(ceil_div(int64_t{-7}, int64_t{3}), -2);
  EXPECT_EQ(ceil_div(int64_t{-6}, int64_t{3}), -2);
  EXPECT_EQ(ceil_div(kMax, int64_t{2}), kMax / 2 + 1);
}

}  // namespace
}  // namespace tenon::internal
