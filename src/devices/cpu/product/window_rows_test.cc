#include "devices/cpu/product/window_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace tenon::internal {
namespace {

using Axes = std::array<WindowAxis, kMaxSpatialRank>;

constexpr int64_t kBatch = 2;
constexpr int64_t kChannels = 3;

// What the definition says: the address of a tap of a position, or nullptr in the padding.
const float* tap_of(const Axes& axes, int64_t channels, const float* input, int64_t number,
                    std::array<int64_t, kMaxSpatialRank> tap) {
  int64_t image = number;
  std::array<int64_t, kMaxSpatialRank> index{};
  for (size_t axis = kMaxSpatialRank; axis-- > 0;) {
    index[axis] = image % axes[axis].output;
    image /= axes[axis].output;
  }
  int64_t offset = image;
  for (size_t axis = 0; axis < kMaxSpatialRank; ++axis) {
    const int64_t at = axes[axis].origin(index[axis]) + tap[axis] * axes[axis].dilation;
    if (at < 0 || at >= axes[axis].input) return nullptr;
    offset = offset * axes[axis].input + at;
  }
  return input + offset * channels;
}

const std::vector<Axes> kCases = {
    {{{},
      {.input = 5, .output = 5, .kernel = 3, .pad_begin = 1, .pad_end = 1},
      {.input = 7, .output = 7, .kernel = 3, .pad_begin = 1, .pad_end = 1}}},
    {{{},
      {.input = 9, .output = 5, .kernel = 3, .stride = 2, .pad_begin = 1, .pad_end = 1},
      {.input = 8, .output = 3, .kernel = 4, .stride = 3, .pad_begin = 2, .pad_end = 2}}},
    {{{}, {}, {.input = 11, .output = 7, .kernel = 3, .dilation = 3, .pad_begin = 2}}},
    {{{.input = 3, .output = 2, .kernel = 2},
      {.input = 4, .output = 3, .kernel = 2},
      {.input = 5, .output = 4, .kernel = 2}}},
    {{{}, {.input = 1, .output = 3, .kernel = 3, .pad_begin = 2, .pad_end = 2}, {}}},
    {{{}, {.input = 4, .output = 4}, {.input = 6, .output = 6}}},
    {{{}, {.input = 5, .output = 3, .stride = 2}, {.input = 9, .output = 5, .stride = 2}}},
};

// All cases as they are, and with lines apart.
template <class Check>
void for_each_rows(const Check& check) {
  for (const Axes& axes : kCases) {
    for (const bool lines_apart : {false, true}) {
      check(axes, WindowRows(axes, kBatch, kChannels, WindowPadding::kZeros, lines_apart));
    }
  }
}

std::vector<float> input_of(const Axes& axes) {
  return std::vector<float>(
      static_cast<size_t>(kBatch * kChannels * axes[0].input * axes[1].input * axes[2].input));
}

TEST(WindowRows, AddressesAreThoseOfTheDefinition) {
  for_each_rows([](const Axes& axes, const WindowRows& rows) {
    const std::vector<float> input = input_of(axes);
    for (int64_t first = 0; first < rows.positions(); first += 4) {
      const int64_t count = std::min<int64_t>(4, rows.positions() - first);
      std::vector<const float*> got(static_cast<size_t>(rows.taps() * count));
      const bool even = rows.addresses(input.data(), first, count, got.data());
      size_t tap = 0;
      for (int64_t z = 0; z < axes[0].kernel; ++z) {
        for (int64_t y = 0; y < axes[1].kernel; ++y) {
          for (int64_t x = 0; x < axes[2].kernel; ++x, ++tap) {
            for (int64_t row = 0; row < count; ++row) {
              const float* want = tap_of(axes, kChannels, input.data(), first + row, {z, y, x});
              const float* address =
                  even ? got[tap] + row * rows.stride()
                       : got[tap * static_cast<size_t>(count) + static_cast<size_t>(row)];
              ASSERT_EQ(address, want == nullptr ? zeros() : want);
            }
          }
        }
      }
    }
  });
}

TEST(WindowRows, AreEvenInsideOfALineAndBeyondWhereNothingLiesBetween) {
  std::array<const float*, 64> out{};
  const std::vector<float> input(1024);
  const Axes window = {{{},
                        {.input = 3, .output = 3, .kernel = 3, .pad_begin = 1, .pad_end = 1},
                        {.input = 8, .output = 8, .kernel = 3, .pad_begin = 1, .pad_end = 1}}};
  const WindowRows padded(window, 1, 2, WindowPadding::kZeros);
  EXPECT_TRUE(padded.addresses(input.data(), 9, 6, out.data()));
  EXPECT_FALSE(padded.addresses(input.data(), 8, 6, out.data()));
  EXPECT_FALSE(padded.addresses(input.data(), 10, 6, out.data()));
  EXPECT_FALSE(padded.addresses(input.data(), 1, 6, out.data()));
  const Axes point = {{{}, {.input = 3, .output = 3}, {.input = 8, .output = 8}}};
  EXPECT_TRUE(
      WindowRows(point, 2, 2, WindowPadding::kZeros).addresses(input.data(), 5, 30, out.data()));
  EXPECT_FALSE(WindowRows(point, 2, 2, WindowPadding::kZeros, /*lines_apart=*/true)
                   .addresses(input.data(), 5, 6, out.data()));
}

TEST(WindowRows, RepeatedTapsAreOthersOfTheSameWindow) {
  const Axes& axes = kCases[1];
  const WindowRows rows(axes, 1, 2, WindowPadding::kRepeat);
  const std::vector<float> input(2 * 9 * 8);
  for (int64_t position = 0; position < rows.positions(); ++position) {
    std::vector<const float*> got(static_cast<size_t>(rows.taps()));
    rows.addresses(input.data(), position, 1, got.data());
    std::vector<const float*> inside;
    for (int64_t y = 0; y < axes[1].kernel; ++y) {
      for (int64_t x = 0; x < axes[2].kernel; ++x) {
        const float* tap = tap_of(axes, 2, input.data(), position, {0, y, x});
        if (tap != nullptr) inside.push_back(tap);
      }
    }
    EXPECT_EQ(rows.taps_inside(position), static_cast<int64_t>(inside.size()));
    for (const float* tap : got) {
      EXPECT_NE(std::find(inside.begin(), inside.end(), tap), inside.end());
    }
    for (const float* tap : inside) {
      EXPECT_NE(std::find(got.begin(), got.end(), tap), got.end());
    }
  }
}

}  // namespace
}  // namespace tenon::internal
