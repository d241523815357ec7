#include "ops/batch_normalization.h"

#include "ops/list.h"
#include "testing/matchers.h"
#include "testing/value_infos.h"

#include <gtest/gtest.h>

#include <vector>

namespace tenon::internal {
namespace {

using testing::f32;
using testing::IsError;
using testing::IsOk;

Result<std::vector<ValueInfo>> infer(const ValueInfo& x, const ValueInfo& last) {
  const std::vector<ValueInfo> in = {x, f32({3}), f32({3}), f32({3}), last};
  return infer_outputs(*find_op("BatchNormalization"), Attrs::of(BatchNormalizationAttrs()), in);
}

TEST(BatchNormalizationInference, KeepsSymbols) {
  const ValueInfo x = f32({Dim::symbol("N"), 3, Dim::symbol("L")});
  const auto out = infer(x, f32({3}));
  ASSERT_THAT(out, IsOk());
  EXPECT_EQ((*out)[0], x);
}

TEST(BatchNormalizationInference, NamesWhatDoesNotFit) {
  EXPECT_THAT(infer(f32({1, 3, 5}), f32({4})),
              IsError(ErrorKind::kInvalidArgument, "variance [4] must be [3]"));
  EXPECT_THAT(infer(f32({1, 3, 5}), f32({1, 3})),
              IsError(ErrorKind::kInvalidArgument, "variance [1,3] must be [3]"));
  EXPECT_THAT(infer(f32({1, 2, 5}), f32({2})),
              IsError(ErrorKind::kInvalidArgument, "scale [3] must be [2]"));
  EXPECT_THAT(infer(f32({}), f32({3})), IsError(ErrorKind::kInvalidArgument, "scalar"));
  EXPECT_THAT(infer({DataType::kInt32, {1, 3}, {}}, f32({3})),
              IsError(ErrorKind::kInvalidArgument, "elements are i32"));
}

}  // namespace
}  // namespace tenon::internal
