#include "ops/range.h"

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

using testing::IsError;
using testing::scalar;

constexpr auto kInvalid = ErrorKind::kInvalidArgument;
constexpr auto kUnsupported = ErrorKind::kUnsupported;

Dim n() { return Dim::symbol("N"); }

Result<ValueInfo> infer(std::vector<ValueInfo> in) {
  return TRY(infer_outputs(*find_op("Range"), Attrs(), in)).front();
}

TEST(RangeInference, CountsToSymbols) {
  EXPECT_EQ(infer({scalar(0), scalar(n()), scalar(1)})->shape, SymbolicShape{n()});
  EXPECT_EQ(infer({scalar(0), scalar(n() + 3), scalar(2)})->shape,
            SymbolicShape{Dim::ceil_div(n() + 3, 2)});
  EXPECT_EQ(infer({scalar(n()), scalar(0), scalar(-1)})->shape, SymbolicShape{n()});
  EXPECT_EQ(infer({scalar(4), scalar(n()), scalar(1)})->shape, SymbolicShape{Dim::max(n() - 4, 0)});
}

TEST(RangeInference, KnowsItsElements) {
  EXPECT_EQ(infer({scalar(n()), scalar(n() + 4), scalar(2)})->elements,
            (std::vector<Dim>{n(), n() + 2}));
  EXPECT_FALSE(infer({scalar(0), scalar(kMaxKnownElements + 1), scalar(1)})->elements.has_value());
}

TEST(RangeInference, NamesWhatDoesNotFit) {
  EXPECT_THAT(infer({scalar(0), scalar(1), scalar(0)}), IsError(kInvalid, "the delta is 0"));
  EXPECT_THAT(infer({scalar(0), scalar(1), scalar(n())}),
              IsError(kUnsupported, "the delta depends on a symbolic dimension (N)"));
  EXPECT_THAT(infer({scalar(0), {DataType::kInt64, {}, {}}, scalar(1)}),
              IsError(kUnsupported, "the operand with the start, limit or delta is computed"));
  const ValueInfo two = {DataType::kInt64, {2}, std::vector<Dim>{1, 2}};
  EXPECT_THAT(infer({two, scalar(1), scalar(1)}), IsError(kInvalid, "must be a scalar"));
  const ValueInfo narrow = {DataType::kInt32, {}, std::vector<Dim>{1}};
  EXPECT_THAT(infer({scalar(0), narrow, scalar(1)}), IsError(kInvalid, "must be of one type"));
}

TEST(RangeReference, RefusesAnOutputOfAnotherCount) {
  const std::vector<int64_t> operands = {0, 4, 1};
  std::vector<int64_t> result(3);
  std::vector<ConstTensorView> in;
  for (const int64_t& operand : operands) in.push_back({&operand, DataType::kInt64, {}});
  const std::vector<TensorView> out = {{result.data(), DataType::kInt64, {3}}};
  const auto pool = ThreadPool::create({}).value();
  EXPECT_THAT(find_op("Range")->reference(Attrs(), in, out, *pool),
              IsError(kInvalid, "the operands give i64[4]"));
}

}  // namespace
}  // namespace tenon::internal
