#include "ops/resize.h"

#include "base/thread_pool.h"
#include "ops/list.h"
#include "testing/matchers.h"
#include "testing/value_infos.h"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using testing::f32;
using testing::IsError;
using testing::list;

constexpr auto kInvalid = ErrorKind::kInvalidArgument;
constexpr auto kUnsupported = ErrorKind::kUnsupported;

Dim n() { return Dim::symbol("N"); }

Result<std::vector<ValueInfo>> infer(const ResizeAttrs& attrs, std::vector<ValueInfo> in) {
  return infer_outputs(*find_op("Resize"), Attrs::of(attrs), in);
}

std::string shape_text(const ResizeAttrs& attrs, std::vector<ValueInfo> in) {
  const auto out = infer(attrs, std::move(in));
  return out.ok() ? to_string((*out)[0].shape) : out.error().to_string();
}

TEST(ResizeInference, ScalesSymbolicDimensions) {
  EXPECT_EQ(shape_text({.scales = {1, 2}}, {f32({n(), n()})}), "[N,2*N]");
  EXPECT_EQ(shape_text({.scales = {0.5F, 0.75F}}, {f32({n(), n() * 4})}), "[floor_div(N, 2),3*N]");
  EXPECT_EQ(shape_text({.axes = {-1}, .scales = {2}}, {f32({n(), 3})}), "[N,6]");
}

TEST(ResizeInference, TakesSizesThatFollowFromShapes) {
  EXPECT_EQ(shape_text({}, {f32({n(), 3}), list({n() * 2, 5})}), "[2*N,5]");
  EXPECT_EQ(shape_text({.axes = {1}}, {f32({n(), 3}), list({n()})}), "[N,N]");
}

TEST(ResizeInference, RoundsConstantExtentsAsF32Does) {
  EXPECT_EQ(shape_text({.scales = {0.7F}}, {f32({10})}), "[7]");
  EXPECT_EQ(shape_text({.scales = {0.6F}}, {f32({4})}), "[2]");
  EXPECT_EQ(shape_text({.scales = {1.0F / 3}}, {f32({9})}), "[3]");
}

TEST(ResizeInference, LeavesNoExtentOpenThatItCannotState) {
  EXPECT_THAT(
      infer({.scales = {1, 0.6F}}, {f32({n(), n()})}),
      IsError(kUnsupported, "a scale of 0.6 leaves the extent of a symbolic dimension (N)"));
  EXPECT_THAT(infer({.aspect = ResizeAspect::kNotLarger}, {f32({n(), 3}), list({4, 4})}),
              IsError(kUnsupported, "keep_aspect_ratio_policy"));
  EXPECT_THAT(infer({}, {f32({2}), {DataType::kInt64, {1}, {}}}),
              IsError(kUnsupported, "the operand with the sizes is computed from tensor data"));
}

TEST(ResizeInference, NamesWhatDoesNotBelongTogether) {
  const auto refused = [](const ResizeAttrs& attrs, std::vector<ValueInfo> in, const char* text) {
    EXPECT_THAT(infer(attrs, std::move(in)), IsError(kInvalid, text));
  };
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const ValueInfo x = f32({2, 3});
  refused({}, {x}, "either sizes or scales");
  refused({.scales = {1, 2}}, {x, list({2, 6})}, "either sizes or scales");
  refused({.scales = {2}}, {x}, "the number of scales is 1, the axes take 2");
  refused({.scales = {1, 0}}, {x}, "0 is not among the scales");
  refused({.scales = {1, -2}}, {x}, "-2 is not among the scales");
  refused({.scales = {1, kInf}}, {x}, "inf is not among the scales");
  refused({.scales = {1, 1e30F}}, {x}, "too large");
  refused({}, {x, list({2})}, "the number of sizes is 1, the axes take 2");
  refused({}, {x, list({2, -1})}, "-1 is no size");
  refused({}, {x, f32({2})}, "i64 or i32");
  refused({.axes = {2}, .scales = {2}}, {x}, "axis 2 is outside");
  refused({.axes = {0, 0}, .scales = {2, 2}}, {x}, "named twice");
  refused({.scales = {}}, {f32({})}, "a scalar has no axes");
  refused({}, {f32({0}), list({3})}, "an axis without elements cannot be resized to 3");
  refused({.aspect = ResizeAspect::kNotLarger}, {f32({0, 2}), list({1, 1})}, "no proportions");
  const auto crop = ResizeCoordinates::kTfCropAndResize;
  refused({.coordinates = crop, .roi = {0, 1}, .scales = {1, 2}}, {x}, "the axes take 4");
  refused({.coordinates = crop, .roi = {0, 1, kInf, 1}, .scales = {1, 2}}, {x}, "inf is not");
}

TEST(ResizeInference, InterpolatesNumbersOnly) {
  const ValueInfo x = {DataType::kInt64, {4}, {}};
  EXPECT_THAT(infer({.mode = ResizeMode::kLinear, .scales = {2}}, {x}),
              IsError(kUnsupported, "elements of type i64 cannot be interpolated"));
  EXPECT_EQ(shape_text({.scales = {2}}, {x}), "[8]");
  EXPECT_THAT(infer({.scales = {2}}, {{DataType::kInt4, {4}, {}}}), IsError(kUnsupported, "i4"));
}

TEST(ResizeReference, RefusesAnOutputOfAnotherShape) {
  const std::vector<float> data(4);
  std::vector<float> result(9);
  const std::vector<ConstTensorView> in = {{data.data(), DataType::kFloat32, {4}}};
  const std::vector<TensorView> out = {{result.data(), DataType::kFloat32, {9}}};
  const auto pool = ThreadPool::create({}).value();
  EXPECT_THAT(find_op("Resize")->reference(Attrs::of(ResizeAttrs{.scales = {2}}), in, out, *pool),
              IsError(kInvalid, "output 0 is f32[9], but the operands give f32[8]"));
}

}  // namespace
}  // namespace tenon::internal
