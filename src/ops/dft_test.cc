#include "ops/dft.h"

#include "base/try.h"
#include "ops/list.h"
#include "testing/matchers.h"
#include "testing/value_infos.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using testing::f32;
using testing::IsError;
using testing::scalar;

constexpr auto kInvalid = ErrorKind::kInvalidArgument;

Result<SymbolicShape> dft(const DftAttrs& attrs, std::vector<ValueInfo> in) {
  return TRY(infer_outputs(*find_op("DFT"), Attrs::of(attrs), in)).front().shape;
}

Result<SymbolicShape> stft(std::vector<ValueInfo> in) {
  return TRY(infer_outputs(*find_op("STFT"), Attrs::of(StftAttrs()), in)).front().shape;
}

TEST(DftInference, KeepsSymbols) {
  const Dim n = Dim::symbol("N");
  const Dim length = Dim::symbol("L");
  EXPECT_EQ(dft({}, {f32({n, length, 1})}).value(), (SymbolicShape{n, length, 2}));
  EXPECT_EQ(dft({.onesided = true}, {f32({n, 8, 1}), scalar(length)}).value(),
            (SymbolicShape{n, Dim::floor_div(length, 2) + 1, 2}));
  EXPECT_EQ(dft({.inverse = true, .onesided = true}, {f32({n, length, 2})}).value(),
            (SymbolicShape{n, length * 2 - 2, 1}));
}

TEST(DftInference, NamesWhatDoesNotFit) {
  EXPECT_THAT(dft({.axis = 2}, {f32({1, 4, 1})}), IsError(kInvalid, "axis 2 holds real and"));
  EXPECT_THAT(dft({}, {f32({1, 4, 3})}), IsError(kInvalid, "3 numbers for an element"));
  EXPECT_THAT(dft({}, {f32({1, 0, 1})}), IsError(kInvalid, "length of the transform is 0"));
  EXPECT_THAT(dft({}, {f32({1, 4, 1}), {DataType::kInt64, {}, {}}}),
              IsError(ErrorKind::kUnsupported, "computed"));
}

TEST(StftInference, CountsFrames) {
  const Dim length = Dim::symbol("L");
  EXPECT_EQ(stft({f32({2, length, 1}), scalar(160), f32({400})}).value(),
            (SymbolicShape{2, Dim::floor_div(length - 400, 160) + 1, 201, 2}));
}

TEST(StftInference, NamesWhatDoesNotFit) {
  const auto refused = [](std::vector<ValueInfo> in, const char* text) {
    EXPECT_THAT(stft(std::move(in)), IsError(kInvalid, text));
  };
  const ValueInfo x = f32({1, 8, 1});
  refused({f32({1, 8}), scalar(1)}, "must have rank 3");
  refused({x, scalar(0)}, "step from frame to frame is 0");
  refused({x, scalar(1), f32({3}), scalar(4)}, "the window is f32[3] where frames have 4");
  refused({x, scalar(1), {}, scalar(9)}, "frames of 9 elements are longer than the signal");
  refused({x, scalar(1), {DataType::kFloat64, {3}, {}}}, "must be f32");
  refused({x, scalar(1), f32({3, 1})}, "must be a vector");
}

}  // namespace
}  // namespace tenon::internal
