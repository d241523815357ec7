#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

constexpr DataType kI8 = DataType::kInt8;
constexpr DataType kU8 = DataType::kUInt8;

TEST(ImportMatMulInteger, HasZeroPointsOfRowsAndColumns) {
  const NodeCase product = NodeCase(10, "MatMulInteger")
                               .operand({2, 2}, {10, 20, 30, 40}, kU8)
                               .operand({2, 2}, {1, -1, 2, -2}, kI8)
                               .operand({2}, {10, 30}, kU8)
                               .operand({2}, {1, -2}, kI8);
  const Tensor y = product.run();
  EXPECT_EQ(y.type, DataType::kInt32);
  EXPECT_THAT(values(y), ElementsAre(10, 0, 10, 0));
}

TEST(ImportMatMulInteger, TakesVectorsAndLeavesOutZeroPoints) {
  const NodeCase dot =
      NodeCase(10, "MatMulInteger").operand({2}, {255, 255}, kU8).operand({2}, {-128, -128}, kI8);
  EXPECT_THAT(values(dot.run()), ElementsAre(-65280));
}

TEST(ImportConvInteger, PadsWithTheZeroPoint) {
  const NodeCase conv = NodeCase(10, "ConvInteger")
                            .operand({1, 1, 2}, {3, 5}, kU8)
                            .operand({2, 1, 2}, {1, 2, 3, 4}, kU8)
                            .operand({}, {1}, kU8)
                            .operand({2}, {0, 3}, kU8)
                            .attribute(onnx_ints("pads", {1, 0}));
  EXPECT_THAT(values(conv.run()), ElementsAre(4, 10, 2, 4));
}

TEST(ImportQLinearMatMul, ScalesRoundsAndSaturates) {
  const NodeCase product = NodeCase(10, "QLinearMatMul")
                               .operand({1, 1}, {10}, kU8)
                               .operand({}, {0.5})
                               .operand({}, {0}, kU8)
                               .operand({1, 3}, {1, 3, 100}, kI8)
                               .operand({3}, {0.5, 0.5, 1})
                               .operand({3}, {0, 0, 0}, kI8)
                               .operand({}, {1})
                               .operand({}, {1}, kI8);
  const Tensor y = product.run();
  EXPECT_EQ(y.type, kI8);
  EXPECT_THAT(values(y), ElementsAre(3, 9, 127));
}

TEST(ImportQLinearMatMul, TakesEightBitFloats) {
  constexpr DataType kF8 = DataType::kFloat8E4M3FN;
  const NodeCase product = NodeCase(21, "QLinearMatMul")
                               .operand({1, 1}, {1.5}, kF8)
                               .operand({}, {2})
                               .operand({}, {0}, kF8)
                               .operand({1, 1}, {-3}, kF8)
                               .operand({}, {1})
                               .operand({}, {0}, kF8)
                               .operand({}, {4})
                               .operand({}, {0}, kF8);
  EXPECT_THAT(values(product.run()), ElementsAre(-2.25));
}

TEST(ImportQLinearConv, HasAScaleForEachChannelAndABias) {
  const NodeCase conv = NodeCase(10, "QLinearConv")
                            .operand({1, 1, 2}, {3, 5}, kU8)
                            .operand({}, {0.5})
                            .operand({}, {1}, kU8)
                            .operand({2, 1, 1}, {2, 4}, kI8)
                            .operand({2}, {1, 0.5})
                            .operand({2}, {0, 2}, kI8)
                            .operand({}, {0.25})
                            .operand({}, {7}, kU8)
                            .operand({2}, {1, -10}, DataType::kInt32);
  EXPECT_THAT(values(conv.run()), ElementsAre(17, 25, 1, 5));
}

}  // namespace
}  // namespace tenon::internal
