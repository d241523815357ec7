#include "ops/cum_sum.h"

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

Result<ValueInfo> infer(const CumSumAttrs& attrs, std::vector<ValueInfo> in) {
  return TRY(infer_outputs(*find_op("CumSum"), Attrs::of(attrs), in)).front();
}

TEST(CumSumInference, KeepsTheShape) {
  EXPECT_EQ(infer({}, {f32({n(), 4}), list({-1})})->shape, (SymbolicShape{n(), 4}));
}

TEST(CumSumInference, NamesWhatDoesNotFit) {
  EXPECT_THAT(infer({}, {f32({2}), list({1})}), IsError(kInvalid, "axis 1 is outside"));
  EXPECT_THAT(infer({}, {f32({2}), list({0, 0})}), IsError(kInvalid, "must be a scalar"));
  EXPECT_THAT(infer({}, {f32({2}), list({n()})}), IsError(kUnsupported, "symbolic dimension"));
  EXPECT_THAT(infer({}, {f32({2}), {DataType::kInt64, {}, {}}}),
              IsError(kUnsupported, "the operand with the axes to sum along is computed"));
  EXPECT_THAT(infer({}, {{DataType::kBool, {2}, {}}, list({0})}),
              IsError(kInvalid, "bool cannot be summed"));
}

}  // namespace
}  // namespace tenon::internal
