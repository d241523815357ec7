#include "ops/arg_extreme.h"

#include "base/thread_pool.h"
#include "base/try.h"
#include "ops/list.h"
#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using testing::IsError;

constexpr auto kInvalid = ErrorKind::kInvalidArgument;

Dim n() { return Dim::symbol("N"); }

Result<ValueInfo> infer(const ArgExtremeAttrs& attrs, ValueInfo in) {
  const std::vector<ValueInfo> operands = {std::move(in)};
  return TRY(infer_outputs(*find_op("ArgMax"), Attrs::of(attrs), operands)).front();
}

TEST(ArgExtremeInference, KeepsOrDropsTheAxis) {
  const ValueInfo x = {DataType::kFloat32, {n(), 4, 5}, {}};
  EXPECT_EQ(infer({.axis = 1}, x)->shape, (SymbolicShape{n(), 1, 5}));
  EXPECT_EQ(infer({.axis = -3, .keepdims = false}, x)->shape, (SymbolicShape{4, 5}));
  EXPECT_EQ(infer({}, x)->type, DataType::kInt64);
}

TEST(ArgExtremeInference, NamesWhatDoesNotFit) {
  EXPECT_THAT(infer({.axis = 2}, {DataType::kFloat32, {2, 3}, {}}),
              IsError(kInvalid, "axis 2 is outside"));
  EXPECT_THAT(infer({}, {DataType::kFloat32, {}, {}}), IsError(kInvalid, "axis 0 is outside"));
  EXPECT_THAT(infer({}, {DataType::kFloat32, {0, 2}, {}}),
              IsError(kInvalid, "axis 0 of f32[0,2] has no elements"));
  EXPECT_THAT(infer({}, {DataType::kBool, {2}, {}}), IsError(kInvalid, "bool cannot be compared"));
}

TEST(ArgExtremeReference, RefusesAnAxisThatIsEmptyInTheRun) {
  std::vector<int64_t> result(2);
  const std::vector<ConstTensorView> in = {{nullptr, DataType::kFloat32, {0, 2}}};
  const std::vector<TensorView> out = {{result.data(), DataType::kInt64, {1, 2}}};
  const auto pool = ThreadPool::create({}).value();
  EXPECT_THAT(find_op("ArgMin")->reference(Attrs::of(ArgExtremeAttrs()), in, out, *pool),
              IsError(kInvalid, "has no elements"));
}

}  // namespace
}  // namespace tenon::internal
