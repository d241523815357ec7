#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

constexpr auto kCorrupt = ErrorKind::kCorruptData;

NodeCase quantize(int64_t opset) { return NodeCase(opset, "QuantizeLinear"); }
NodeCase dequantize(int64_t opset) { return NodeCase(opset, "DequantizeLinear"); }

TEST(ImportQuantizeLinear, RoundsHalvesToEvenAndSaturates) {
  const NodeCase unsigned_bytes = quantize(10)
                                      .operand({6}, {-300, -1, 1, 3, 5, 1000})
                                      .operand({}, {2})
                                      .operand({}, {3}, DataType::kUInt8);
  const Tensor y = unsigned_bytes.run();
  EXPECT_EQ(y.type, DataType::kUInt8);
  EXPECT_THAT(values(y), ElementsAre(0, 3, 3, 5, 5, 255));
  const NodeCase bytes =
      quantize(13).operand({2}, {-300, 300}).operand({}, {2}).operand({}, {-5}, DataType::kInt8);
  EXPECT_THAT(values(bytes.run()), ElementsAre(-128, 127));
}

TEST(ImportQuantizeLinear, TakesTheTypeFromTheZeroPointTheAttributeOrU8) {
  const auto plain = [](int64_t opset) {
    return quantize(opset).operand({2}, {-9, 70000}).operand({}, {1});
  };
  EXPECT_EQ(plain(10).run().type, DataType::kUInt8);
  const Tensor by_attribute = plain(21).attribute(onnx_int("output_dtype", 5)).run();
  EXPECT_EQ(by_attribute.type, DataType::kInt16);
  EXPECT_THAT(values(by_attribute), ElementsAre(-9, 32767));
  const Tensor by_zero_point = plain(21).operand({}, {4}, DataType::kInt4).run();
  EXPECT_EQ(by_zero_point.type, DataType::kInt4);
  EXPECT_THAT(values(by_zero_point), ElementsAre(-5, 7));
}

TEST(ImportQuantizeLinear, SaturatesEightBitFloatsUnlessToldNotTo) {
  const auto to_e5m2 = [](int64_t saturate) {
    return quantize(19)
        .operand({2}, {1e9, 3})
        .operand({}, {2})
        .operand({}, {0}, DataType::kFloat8E5M2)
        .attribute(onnx_int("saturate", saturate));
  };
  EXPECT_THAT(values(to_e5m2(1).run()), ElementsAre(57344, 1.5));
  EXPECT_THAT(values(to_e5m2(0).run()), ElementsAre(HUGE_VAL, 1.5));
}

TEST(ImportQuantizeLinear, HasAScaleForEachIndexOfAnAxis) {
  const NodeCase last = quantize(13)
                            .operand({2, 2}, {4, 4, 8, 8})
                            .operand({2}, {2, 4})
                            .operand({2}, {0, 1}, DataType::kUInt8);
  EXPECT_THAT(values(last.run()), ElementsAre(2, 2, 4, 3));
  const NodeCase first = quantize(13)
                             .operand({2, 2}, {4, 4, 8, 8})
                             .operand({2}, {2, 4})
                             .operand({2}, {0, 1}, DataType::kUInt8)
                             .attribute(onnx_int("axis", -2));
  EXPECT_THAT(values(first.run()), ElementsAre(2, 2, 3, 3));
}

TEST(ImportQuantizeLinear, HasAScaleForEachBlock) {
  const NodeCase blocks = quantize(21)
                              .operand({1, 5}, {6, 6, 6, 6, 6})
                              .operand({1, 3}, {1, 2, 3})
                              .operand({1, 3}, {0, 1, 0}, DataType::kInt8)
                              .attribute(onnx_int("block_size", 2));
  EXPECT_THAT(values(blocks.run()), ElementsAre(6, 6, 4, 4, 2));
}

TEST(ImportQuantizeLinear, DividesInTheStatedPrecision) {
  // 2049 is 2048 in f16.
  const NodeCase narrow = quantize(23)
                              .operand({1}, {2049})
                              .operand({}, {1})
                              .operand({}, {0}, DataType::kInt16)
                              .attribute(onnx_int("precision", 10));
  EXPECT_THAT(values(narrow.run()), ElementsAre(2048));
}

TEST(ImportQuantizeLinear, RefusesScalesThatDoNotFit) {
  EXPECT_THAT(quantize(13).operand({2, 2}, {1, 2, 3, 4}).operand({1, 2}, {1, 1}).import(),
              IsError(kCorrupt, "operand 1 is [1,2], not a scalar or a vector"));
  EXPECT_THAT(quantize(21)
                  .operand({2, 2}, {1, 2, 3, 4})
                  .operand({2}, {1, 1})
                  .attribute(onnx_int("block_size", 2))
                  .import(),
              IsError(kCorrupt, "[2] are no scales for blocks of 2"));
  EXPECT_FALSE(quantize(13).operand({2, 2}, {1, 2, 3, 4}).operand({3}, {1, 1, 1}).import().ok());
}

TEST(ImportDequantizeLinear, SubtractsTheZeroPointExactly) {
  const NodeCase words = dequantize(21)
                             .operand({2}, {0, 65535}, DataType::kUInt16)
                             .operand({}, {2})
                             .operand({}, {65535}, DataType::kUInt16);
  EXPECT_THAT(values(words.run()), ElementsAre(-131070, 0));
  const NodeCase integers = dequantize(10)
                                .operand({2}, {16777217, -3}, DataType::kInt32)
                                .operand({}, {2})
                                .operand({}, {16777216}, DataType::kInt32);
  EXPECT_THAT(values(integers.run()), ElementsAre(2, -33554440));
}

TEST(ImportDequantizeLinear, GivesTheTypeOfTheScaleOrTheStatedOne) {
  const auto plain = [](int64_t opset) {
    return dequantize(opset)
        .operand({2}, {-8, 7}, DataType::kInt4)
        .operand({1}, {0.5}, DataType::kFloat16);
  };
  EXPECT_EQ(plain(21).run().type, DataType::kFloat16);
  const Tensor stated = plain(23).attribute(onnx_int("output_dtype", 1)).run();
  EXPECT_EQ(stated.type, DataType::kFloat32);
  EXPECT_THAT(values(stated), ElementsAre(-4, 3.5));
}

TEST(ImportDequantizeLinear, HasAScaleForEachBlock) {
  const NodeCase blocks = dequantize(21)
                              .operand({3, 2}, {1, 2, 3, 4, 5, 6}, DataType::kUInt8)
                              .operand({2, 2}, {1, 2, 3, 4})
                              .attribute(onnx_int("axis", 0))
                              .attribute(onnx_int("block_size", 2));
  EXPECT_THAT(values(blocks.run()), ElementsAre(1, 4, 3, 8, 15, 24));
}

TEST(ImportDynamicQuantizeLinear, HasZeroInItsRange) {
  const auto dynamic = [](std::vector<double> x) {
    const auto count = static_cast<int64_t>(x.size());
    return values(NodeCase(11, "DynamicQuantizeLinear").operand({count}, std::move(x)).run());
  };
  EXPECT_THAT(dynamic({51, 102, 255}), ElementsAre(51, 102, 255));
  EXPECT_THAT(dynamic({-255, -51}), ElementsAre(0, 204));
  EXPECT_THAT(dynamic({0, 0}), ElementsAre(0, 0));
}

}  // namespace
}  // namespace tenon::internal
