#include "devices/cpu/product/window_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace tenon::internal {
namespace {

using Axes = std::array<WindowAxis, kMaxSpatialRank>;

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
};

TEST(WindowRows, AddressesAreThoseOfTheDefinition) {
  constexpr int64_t kBatch = 2;
  constexpr int64_t kChannels = 3;
  for (const Axes& axes : kCases) {
    const WindowRows rows(axes, kBatch, kChannels, WindowPadding::kZeros);
    const std::vector<float> input(
        static_cast<size_t>(kBatch * kChannels * axes[0].input * axes[1].input * axes[2].input));
    for (int64_t first = 0; first < rows.positions(); first += 4) {
      const int64_t count = std::min<int64_t>(4, rows.positions() - first);
      std::vector<const float*> got(static_cast<size_t>(rows.taps() * count));
      rows.addresses(input.data(), first, count, got.data());
      size_t at = 0;
      for (int64_t z = 0; z < axes[0].kernel; ++z) {
        for (int64_t y = 0; y < axes[1].kernel; ++y) {
          for (int64_t x = 0; x < axes[2].kernel; ++x) {
            for (int64_t row = 0; row < count; ++row, ++at) {
              const float* tap = tap_of(axes, kChannels, input.data(), first + row, {z, y, x});
              ASSERT_EQ(got[at], tap == nullptr ? zeros() : tap);
            }
          }
        }
      }
    }
  }
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
