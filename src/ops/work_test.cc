#include "ops/work.h"

#include "ops/batch_normalization.h"
#include "ops/conv.h"
#include "ops/conv_transpose.h"
#include "ops/gather.h"
#include "ops/list.h"
#include "ops/matmul.h"
#include "ops/pool.h"
#include "ops/reduce.h"
#include "ops/region.h"
#include "testing/matchers.h"
#include "testing/value_infos.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace tenon::internal {
namespace {

using testing::f32;
using testing::list;

constexpr double kFloat = 4;

Work work(std::string_view name, const std::vector<ValueInfo>& in, const Attrs& attrs) {
  const OpDef& op = *find_op(name);
  return work_of(op, attrs, in, infer_outputs(op, attrs, in).value());
}

Work work(std::string_view name, const std::vector<ValueInfo>& in) {
  return work(name, in, Attrs::from_map(*find_op(name)->attrs, {}).value());
}

TEST(Work, OfAConvolutionIsThatOfItsProduct) {
  const ConvAttrs same{.window = {.pads = {1, 1, 1, 1}}};
  const double m = 56 * 56;
  const double n = 128;
  const double k = 64 * 9;
  const Work conv =
      work("Conv", {f32({1, 64, 56, 56}), f32({128, 64, 3, 3}), f32({128})}, Attrs::of(same));
  EXPECT_EQ(conv.flops, 2 * m * n * k);
  EXPECT_EQ(conv.bytes, kFloat * (64 * m + n * k + n + n * m));

  const ConvAttrs depthwise{.window = {.pads = {1, 1, 1, 1}, .strides = {2, 2}}, .group = 32};
  EXPECT_EQ(work("Conv", {f32({2, 32, 8, 8}), f32({32, 1, 3, 3})}, Attrs::of(depthwise)).flops,
            2 * 2 * 32 * 16 * 9);
}

TEST(Work, OfATransposedConvolutionIsThatOfTheConvolution) {
  const ConvTransposeAttrs doubling{.window = {.strides = {2, 2}}};
  EXPECT_EQ(
      work("ConvTranspose", {f32({1, 64, 16, 16}), f32({64, 32, 2, 2})}, Attrs::of(doubling)).flops,
      2.0 * 64 * 32 * 32 * 32);
}

TEST(Work, OfMatrixProductsCountsEveryMultiplicationAndAddition) {
  EXPECT_EQ(work("MatMul", {f32({12, 128, 64}), f32({12, 64, 32})}).flops,
            2.0 * 12 * 128 * 64 * 32);
  EXPECT_EQ(work("MatMul", {f32({64}), f32({64})}).flops, 2.0 * 64);
  EXPECT_EQ(work("Gemm", {f32({5, 7}), f32({7, 3}), f32({3})}).flops, 2.0 * 5 * 7 * 3);
  const GemmAttrs transposed{.trans_a = true};
  EXPECT_EQ(work("Gemm", {f32({7, 5}), f32({7, 3})}, Attrs::of(transposed)).flops, 2.0 * 5 * 7 * 3);
}

TEST(Work, OfWindowsAndReductionsIsAnOperationForEachElementRead) {
  const MaxPoolAttrs halving{.window = {.kernel_shape = {3, 3}, .strides = {2, 2}}};
  EXPECT_EQ(work("MaxPool", {f32({1, 8, 9, 9})}, Attrs::of(halving)).flops, 8 * 16 * 9);
  EXPECT_EQ(work("GlobalAveragePool", {f32({1, 8, 7, 7})}).flops, 8 * 49);
  EXPECT_EQ(work("ReduceSum", {f32({4, 6}), list({1})}).flops, 24);
}

TEST(Work, OfPointwiseOpsIsAnOperationForEachElementAndInstruction) {
  EXPECT_EQ(work("Relu", {f32({4, 6})}).flops, 24);
  EXPECT_EQ(work("Add", {f32({4, 1}), f32({6})}).flops, 24);
  EXPECT_EQ(work("Max", {f32({4}), f32({4}), f32({4})}).flops, 8);
}

TEST(Work, OfARegionIsThatOfItsPartsOverItsOperandsOnce) {
  const PointwiseProgram after =
      parse_program("(%0: f32, %1: f32) { %2: f32 = Add(%0, %1); %3: f32 = Relu(%2) } -> %3")
          .value();
  const Operation conv{find_op("Conv"), Attrs::of(ConvAttrs())};
  const RegionAttrs region{.anchor = conv, .views = {}, .before = {}, .after = after};
  const Work fused =
      work("Region", {f32({1, 8, 5, 5}), f32({4, 8, 1, 1}), f32({1, 4, 5, 5})}, Attrs::of(region));
  EXPECT_EQ(fused.flops, 2 * 25 * 4 * 8 + 2 * 25 * 4);
  EXPECT_EQ(fused.bytes, kFloat * (8 * 25 + 4 * 8 + 4 * 25 + 4 * 25));
}

TEST(Work, OfOpsThatMoveIsTheBytesThatTheyTouch) {
  const ValueInfo rows{DataType::kInt64, {5}, {}};
  const Work gather = work("Gather", {f32({1000, 16}), rows});
  EXPECT_EQ(gather.flops, 0);
  EXPECT_EQ(gather.bytes, kFloat * 2 * 5 * 16 + 5 * 8);
  EXPECT_EQ(work("Slice", {f32({100}), list({0}), list({10})}).bytes, kFloat * 20);
}

TEST(Work, OfHugeShapesDoesNotOverflow) {
  const int64_t huge = int64_t{1} << 30;
  EXPECT_EQ(work("MatMul", {f32({huge, huge}), f32({huge, huge})}).flops,
            2.0 * double{huge} * huge * huge);
}

}  // namespace
}  // namespace tenon::internal
