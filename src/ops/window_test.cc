#include "ops/window.h"

#include "testing/matchers.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using testing::IsError;

const Dim kHeight = Dim::symbol("H");

std::string count_text(const WindowAttrs& attrs, const Dim& kernel, bool ceil_mode = false) {
  const std::vector<Dim> input = {kHeight};
  const std::vector<Dim> kernels = {kernel};
  const Result<SymbolicShape> counts = window_counts(attrs, input, kernels, ceil_mode);
  return counts.ok() ? to_string(*counts) : counts.error().to_string();
}

// The count for a concrete extent, through the symbolic expression.
int64_t count_at(int64_t extent, const WindowAttrs& attrs, int64_t kernel, bool ceil_mode = false) {
  const std::vector<Dim> input = {kHeight};
  const std::vector<Dim> kernels = {kernel};
  return window_counts(attrs, input, kernels, ceil_mode)
      .value()[0]
      .evaluate({{"H", extent}})
      .value();
}

TEST(WindowCounts, AreExactForSymbolicExtents) {
  EXPECT_EQ(count_text({}, 3), to_string(SymbolicShape{kHeight - 2}));
  EXPECT_EQ(count_text({.pads = {1, 1}, .strides = {2}}, 3),
            to_string(SymbolicShape{Dim::floor_div(kHeight - 1, 2) + 1}));
  EXPECT_EQ(count_text({.dilations = {2}, .pads = {2, 2}}, 3), "[H]");
  EXPECT_EQ(count_text({.auto_pad = AutoPad::kSameUpper, .strides = {3}}, 5),
            to_string(SymbolicShape{Dim::ceil_div(kHeight, 3)}));
}

TEST(WindowCounts, KeepASymbolicKernel) {
  const Dim kernel = Dim::symbol("K");
  EXPECT_EQ(count_text({.dilations = {2}}, kernel),
            to_string(SymbolicShape{kHeight - (kernel - 1) * 2}));
}

TEST(WindowCounts, InCeilModeKeepOnlyWindowsThatStartBeforeThePaddingAtTheEnd) {
  const WindowAttrs no_pads = {.strides = {2}};
  EXPECT_EQ(count_at(7, no_pads, 4), 2);
  EXPECT_EQ(count_at(7, no_pads, 4, true), 3);
  const WindowAttrs pad_at_end = {.pads = {0, 1}, .strides = {2}};
  EXPECT_EQ(count_at(4, pad_at_end, 2, true), 2);
  const WindowAttrs much_at_end = {.pads = {0, 9}, .strides = {2}};
  EXPECT_EQ(count_at(4, much_at_end, 2, true), 2);
}

TEST(WindowCounts, RefuseAttributesOutOfRange) {
  const auto refused = [](const WindowAttrs& attrs, std::string_view text) {
    const std::vector<Dim> input = {kHeight};
    const std::vector<Dim> kernel = {3};
    EXPECT_THAT(window_counts(attrs, input, kernel, false),
                IsError(ErrorKind::kInvalidArgument, std::string(text)));
  };
  refused({.strides = {0}}, "strides=[0]");
  refused({.strides = {-1}}, "strides=[-1]");
  refused({.strides = {1, 1}}, "must have 1 value");
  refused({.dilations = {0}}, "dilations=[0]");
  refused({.pads = {-1, 0}}, "pads=[-1,0]");
  refused({.pads = {1}}, "must have 2 values");
  refused({.pads = {0, int64_t{1} << 40}}, "pads=[0,1099511627776]");
  refused({.kernel_shape = {0}}, "kernel_shape=[0]");
  refused({.auto_pad = AutoPad::kValid, .pads = {1, 1}}, "auto_pad=VALID exclude each other");
}

TEST(WindowCounts, RefuseAKernelThatDoesNotFit) {
  const std::vector<Dim> input = {2};
  const std::vector<Dim> kernel = {4};
  EXPECT_THAT(window_counts({}, input, kernel, false),
              IsError(ErrorKind::kInvalidArgument, "does not fit spatial axis 0 of extent 2"));
  const std::vector<Dim> one_more = {3};
  EXPECT_THAT(window_counts({}, input, one_more, false),
              IsError(ErrorKind::kInvalidArgument, "does not fit spatial axis 0 of extent 2"));
  EXPECT_THAT(window_counts({.pads = {0, 1}}, input, one_more, false),
              testing::IsOkAndHolds(SymbolicShape{1}));
  const std::vector<Dim> empty = {0};
  const std::vector<Dim> one = {1};
  EXPECT_THAT(window_counts({}, empty, one, false), testing::IsOkAndHolds(SymbolicShape{0}));
  const std::vector<Dim> no_kernel = {0};
  EXPECT_THAT(window_counts({}, input, no_kernel, false),
              IsError(ErrorKind::kInvalidArgument, "a kernel has extent 0"));
}

TEST(WindowCounts, AreUnsupportedBeyondThreeAxes) {
  const std::vector<Dim> four = {5, 5, 5, 5};
  EXPECT_THAT(window_counts({}, four, four, false), IsError(ErrorKind::kUnsupported, "4 spatial"));
}

TEST(WindowAxes, PutMissingAxesInFront) {
  const std::vector<int64_t> input = {9};
  const std::vector<int64_t> kernel = {3};
  const std::vector<int64_t> output = {4};
  const auto axes = window_axes({.pads = {0, 1}, .strides = {2}}, input, kernel, output);
  EXPECT_EQ(axes[0].input, 1);
  EXPECT_EQ(axes[1].output, 1);
  EXPECT_EQ(axes[2].input, 9);
  EXPECT_EQ(axes[2].kernel, 3);
  EXPECT_EQ(axes[2].stride, 2);
  EXPECT_EQ(axes[2].pad_begin, 0);
  EXPECT_EQ(axes[2].pad_end, 1);
}

TEST(WindowAxes, SplitTheMissingElementsOfSamePadding) {
  const std::vector<int64_t> input = {5};
  const std::vector<int64_t> kernel = {4};
  const std::vector<int64_t> output = {5};
  const WindowAxis upper = window_axes({.auto_pad = AutoPad::kSameUpper}, input, kernel, output)[2];
  EXPECT_EQ(upper.pad_begin, 1);
  EXPECT_EQ(upper.pad_end, 2);
  const WindowAxis lower = window_axes({.auto_pad = AutoPad::kSameLower}, input, kernel, output)[2];
  EXPECT_EQ(lower.pad_begin, 2);
  EXPECT_EQ(lower.pad_end, 1);
}

// Both ways of asking which taps read inside of the input agree with trying each.
TEST(WindowRanges, AgreeWithEveryWindowAndTapTriedOut) {
  for (const int64_t stride : {1, 2, 3}) {
    for (const int64_t dilation : {1, 2, 5}) {
      for (const int64_t pad : {0, 1, 4}) {
        const WindowAxis axis{.input = 5,
                              .output = 7,
                              .kernel = 4,
                              .stride = stride,
                              .dilation = dilation,
                              .pad_begin = pad};
        for (int64_t index = 0; index < axis.output; ++index) {
          const IndexRange taps = taps_between(axis, index, 0, axis.input);
          for (int64_t tap = 0; tap < axis.kernel; ++tap) {
            const int64_t position = index * stride - pad + tap * dilation;
            const bool inside = position >= 0 && position < axis.input;
            EXPECT_EQ(tap >= taps.begin && tap < taps.end, inside);
            const IndexRange windows = windows_inside(axis, tap);
            EXPECT_EQ(index >= windows.begin && index < windows.end, inside);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace tenon::internal
