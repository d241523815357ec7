#include "ops/pad.h"

#include "base/thread_pool.h"
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
using testing::list;

constexpr auto kInvalid = ErrorKind::kInvalidArgument;
constexpr auto kUnsupported = ErrorKind::kUnsupported;

Dim n() { return Dim::symbol("N"); }

Result<ValueInfo> infer(const PadAttrs& attrs, std::vector<ValueInfo> in) {
  return TRY(infer_outputs(*find_op("Pad"), Attrs::of(attrs), in)).front();
}

TEST(PadInference, AddsPadsToSymbolicDimensions) {
  EXPECT_EQ(infer({}, {f32({n(), 4}), list({1, 0, 2, -1})})->shape, (SymbolicShape{n() + 3, 3}));
  EXPECT_EQ(infer({}, {f32({4, 4}), list({0, n()}), {}, list({-1})})->shape,
            (SymbolicShape{4, n() + 4}));
}

TEST(PadInference, NamesWhatDoesNotFit) {
  const auto refused = [](std::vector<ValueInfo> in, ErrorKind kind, const char* text) {
    EXPECT_THAT(infer({}, std::move(in)), IsError(kind, text));
  };
  const ValueInfo x = f32({2, 3});
  refused({x, list({1, 1})}, kInvalid, "the number of pads is 2, the axes take 4");
  refused({x, list({-2, 0, -1, 0})}, kInvalid, "negative dimension");
  refused({x, list({1, 1}), {}, list({2})}, kInvalid, "axis 2 is outside");
  refused({x, list({1, 1, 1, 1}), {}, list({0, 0})}, kInvalid, "named twice");
  refused({x, list({1, 1}), {}, list({n()})}, kUnsupported, "axes to pad depends on a symbolic");
  refused({x, list({0, 0, 0, 0}), list({1})}, kInvalid, "a scalar of x's type");
  refused({x, list({0, 0, 0, 0}), f32({2})}, kInvalid, "a scalar of x's type");
  refused({x, f32({4})}, kInvalid, "i64 or i32");
  refused({x, {DataType::kInt64, {4}, {}}}, kUnsupported, "pads is computed from tensor data");
  refused({{DataType::kInt4, {2}, {}}, list({0, 0})}, kUnsupported, "i4");
}

TEST(PadReference, RefusesToRepeatWhatIsNotThere) {
  const std::vector<int64_t> pads = {1, 0};
  float result = 0;
  const std::vector<ConstTensorView> in = {{nullptr, DataType::kFloat32, {0}},
                                           {pads.data(), DataType::kInt64, {2}}};
  const std::vector<TensorView> out = {{&result, DataType::kFloat32, {1}}};
  const auto pool = ThreadPool::create({}).value();
  for (const PadMode mode : {PadMode::kReflect, PadMode::kEdge, PadMode::kWrap}) {
    EXPECT_THAT(find_op("Pad")->reference(Attrs::of(PadAttrs{mode}), in, out, *pool),
                IsError(kInvalid, "no elements to repeat"));
  }
}

}  // namespace
}  // namespace tenon::internal
