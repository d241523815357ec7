#include "ops/resize_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace tenon::internal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

AxisSamples sample(const ResizeAttrs& attrs, int64_t input, int64_t output) {
  return sample_axis(attrs, {.output = output}, input);
}

TEST(SampleAxis, TakesEachElementOnceWhereNothingChanges) {
  for (const ResizeMode mode : {ResizeMode::kNearest, ResizeMode::kLinear, ResizeMode::kCubic}) {
    const AxisSamples samples = sample({.mode = mode}, 3, 3);
    EXPECT_EQ(samples.taps, 1);
    EXPECT_THAT(samples.positions, ElementsAre(0, 1, 2));
    EXPECT_THAT(samples.weights, Each(1.0));
    EXPECT_THAT(samples.outside, IsEmpty());
  }
}

TEST(SampleAxis, HasTwoLinearTapsAndFourCubicOnes) {
  const AxisSamples linear = sample({.mode = ResizeMode::kLinear}, 2, 4);
  EXPECT_EQ(linear.taps, 2);
  EXPECT_THAT(linear.positions, ElementsAre(0, 0, 0, 1, 0, 1, 1, 1)) << "clamped to the ends";
  EXPECT_THAT(linear.weights, ElementsAre(0.25, 0.75, 0.75, 0.25, 0.25, 0.75, 0.75, 0.25));
  EXPECT_EQ(sample({.mode = ResizeMode::kCubic}, 2, 4).taps, 4);
}

TEST(SampleAxis, WeightsOfOneOutputAddUpToOne) {
  for (const ResizeMode mode : {ResizeMode::kLinear, ResizeMode::kCubic}) {
    for (const bool antialias : {false, true}) {
      for (const bool exclude_outside : {false, true}) {
        for (const int64_t output : {1, 3, 11, 29}) {
          const AxisSamples samples =
              sample({.antialias = antialias, .exclude_outside = exclude_outside, .mode = mode}, 11,
                     output);
          ASSERT_EQ(samples.weights.size(), static_cast<size_t>(output * samples.taps));
          ASSERT_EQ(samples.positions.size(), samples.weights.size());
          for (auto first = samples.weights.begin(); first != samples.weights.end();
               first += samples.taps) {
            EXPECT_NEAR(std::accumulate(first, first + samples.taps, 0.0), 1, 1e-12)
                << "output " << output;
          }
        }
      }
    }
  }
}

TEST(SampleAxis, WidensTheFilterOnlyWhereTheAxisShrinks) {
  const ResizeAttrs attrs = {.antialias = true, .mode = ResizeMode::kLinear};
  EXPECT_EQ(sample(attrs, 40, 10).taps, 8);
  EXPECT_EQ(sample(attrs, 10, 40).taps, 2);
}

TEST(SampleAxis, MarksWhatIsCroppedFromOutside) {
  const ResizeAttrs attrs = {.coordinates = ResizeCoordinates::kTfCropAndResize};
  const AxisSamples samples =
      sample_axis(attrs, {.output = 3, .roi_begin = -0.5F, .roi_end = 1.5F}, 5);
  EXPECT_THAT(samples.outside, ElementsAre(true, false, true));
  EXPECT_THAT(samples.positions, ElementsAre(0, 2, 0));
}

}  // namespace
}  // namespace tenon::internal
