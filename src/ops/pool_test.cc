#include "ops/pool.h"

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

template <class T>
Result<std::vector<ValueInfo>> infer(const char* op, const T& attrs, const ValueInfo& x) {
  return infer_outputs(*find_op(op), Attrs::of(attrs), std::span(&x, 1));
}

TEST(PoolInference, KeepsSymbols) {
  const Dim height = Dim::symbol("H");
  const ValueInfo x = f32({Dim::symbol("N"), Dim::symbol("C"), height, 9});
  const WindowAttrs window{.kernel_shape = {3, 3}, .pads = {1, 1, 1, 1}, .strides = {2, 2}};
  const auto out = infer("MaxPool", MaxPoolAttrs{.window = window}, x);
  ASSERT_THAT(out, IsOk());
  EXPECT_EQ((*out)[0].shape, (SymbolicShape{Dim::symbol("N"), Dim::symbol("C"),
                                            Dim::floor_div(height - 1, 2) + 1, 5}));
}

TEST(PoolInference, NamesWhatDoesNotFit) {
  const auto refused = [](const MaxPoolAttrs& attrs, const ValueInfo& x, const char* text) {
    EXPECT_THAT(infer("MaxPool", attrs, x), IsError(ErrorKind::kInvalidArgument, text));
  };
  const ValueInfo x = f32({1, 2, 5, 5});
  refused({}, x, "kernel_shape=[] must have 2 values");
  refused({.window = {.kernel_shape = {2}}}, x, "kernel_shape=[2] must have 2 values");
  refused({.window = {.kernel_shape = {0, 2}}}, x, "kernel_shape=[0,2]");
  refused({.window = {.kernel_shape = {7, 2}}}, x, "does not fit spatial axis 0");
  refused({.window = {.kernel_shape = {2, 2}}, .storage_order = 2}, x, "storage_order=2");
  refused({.window = {.kernel_shape = {2}}}, f32({5, 5}), "rank 3 or more");
  refused({.window = {.kernel_shape = {2, 2}}}, {DataType::kInt32, {1, 2, 5, 5}, {}},
          "elements are i32");
  EXPECT_THAT(infer("AveragePool", AveragePoolAttrs{.window = {.kernel_shape = {2, 2}}},
                    {DataType::kInt8, {1, 2, 5, 5}, {}}),
              IsError(ErrorKind::kInvalidArgument, "elements are i8"));
}

TEST(GlobalPoolInference, NeedsChannels) {
  EXPECT_THAT(infer("GlobalAveragePool", NoAttrs(), f32({5})),
              IsError(ErrorKind::kInvalidArgument, "x [5] must have rank 2 or more"));
  EXPECT_THAT(infer("GlobalMaxPool", NoAttrs(), {DataType::kInt32, {1, 2, 3}, {}}),
              IsError(ErrorKind::kInvalidArgument, "elements are i32"));
}

}  // namespace
}  // namespace tenon::internal
