#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

// An op that no operator becomes would be reachable through the text form only.

NodeCase batch_normalization(int64_t opset) {
  return NodeCase(opset, "BatchNormalization")
      .operand({1, 2, 1}, {3, 5})
      .operand({2}, {2, 1})
      .operand({2}, {0, 1})
      .operand({2}, {1, 1})
      .operand({2}, {4, 1})
      .attribute(onnx_float("epsilon", 0));
}

TEST(ImportBatchNormalization, TakesInferenceOfEveryVersion) {
  const auto result = [](const NodeCase& node) { return values(node.run()); };
  EXPECT_THAT(result(batch_normalization(6).attribute(onnx_int("is_test", 1))), ElementsAre(2, 5));
  EXPECT_THAT(result(batch_normalization(7).attribute(onnx_int("spatial", 1))), ElementsAre(2, 5));
  EXPECT_THAT(result(batch_normalization(9).attribute(onnx_float("momentum", 0.5F))),
              ElementsAre(2, 5));
  EXPECT_THAT(result(batch_normalization(15).attribute(onnx_int("training_mode", 0))),
              ElementsAre(2, 5));
}

TEST(ImportBatchNormalization, RefusesTraining) {
  EXPECT_THAT(batch_normalization(6).import(), IsError(ErrorKind::kUnsupported, "is_test"));
  EXPECT_THAT(batch_normalization(7).attribute(onnx_int("spatial", 0)).import(),
              IsError(ErrorKind::kUnsupported, "spatial"));
  EXPECT_THAT(batch_normalization(14).attribute(onnx_int("training_mode", 1)).import(),
              IsError(ErrorKind::kUnsupported, "training_mode"));
  EXPECT_THAT(batch_normalization(9).used_output("running_mean").import(),
              IsError(ErrorKind::kUnsupported, "'running_mean', is used"));
}

TEST(ImportWindow, IgnoresPadsBesideAutoPad) {
  const auto padded = [](NodeCase node, const char* auto_pad) {
    return values(node.attribute(onnx_string("auto_pad", auto_pad))
                      .attribute(onnx_ints("pads", {1, 1}))
                      .run());
  };
  const auto conv = [] {
    return NodeCase(11, "Conv").operand({1, 1, 3}, {1, 2, 3}).operand({1, 1, 2}, {1, 10});
  };
  EXPECT_THAT(padded(conv(), "SAME_UPPER"), ElementsAre(21, 32, 3));
  EXPECT_THAT(padded(conv(), "VALID"), ElementsAre(21, 32));
  EXPECT_THAT(padded(conv(), "NOTSET"), ElementsAre(10, 21, 32, 3));
  for (const char* op : {"MaxPool", "AveragePool"}) {
    const NodeCase pool =
        NodeCase(11, op).operand({1, 1, 2}, {5, 5}).attribute(onnx_ints("kernel_shape", {2}));
    EXPECT_THAT(padded(pool, "VALID"), ElementsAre(5)) << op;
  }
}

TEST(ImportConv, KeepsItsAttributes) {
  const NodeCase conv = NodeCase(11, "Conv")
                            .operand({1, 1, 3}, {1, 2, 3})
                            .operand({1, 1, 2}, {1, 10})
                            .operand({1}, {100})
                            .attribute(onnx_ints("kernel_shape", {2}))
                            .attribute(onnx_string("auto_pad", "SAME_UPPER"));
  EXPECT_THAT(values(conv.run()), ElementsAre(121, 132, 103));
  const NodeCase strided = NodeCase(1, "Conv")
                               .operand({1, 1, 4}, {1, 2, 3, 4})
                               .operand({1, 1, 2}, {1, 10})
                               .attribute(onnx_ints("dilations", {2}))
                               .attribute(onnx_ints("pads", {1, 1}))
                               .attribute(onnx_ints("strides", {2}))
                               .attribute(onnx_int("group", 1));
  EXPECT_THAT(values(strided.run()), ElementsAre(20, 42));
}

TEST(ImportPool, KeepsItsAttributes) {
  const NodeCase max = NodeCase(8, "MaxPool")
                           .operand({1, 1, 3}, {1, 3, 2})
                           .attribute(onnx_ints("kernel_shape", {2}))
                           .attribute(onnx_int("storage_order", 1))
                           .unused_output("indices");
  EXPECT_THAT(values(max.run()), ElementsAre(3, 3));
  const NodeCase average = NodeCase(19, "AveragePool")
                               .operand({1, 1, 2}, {4, 6})
                               .attribute(onnx_ints("kernel_shape", {2}))
                               .attribute(onnx_ints("pads", {1, 0}))
                               .attribute(onnx_int("count_include_pad", 1));
  EXPECT_THAT(values(average.run()), ElementsAre(2, 5));
  EXPECT_THAT(values(NodeCase(1, "GlobalAveragePool").operand({1, 1, 2}, {4, 6}).run()),
              ElementsAre(5));
  EXPECT_THAT(values(NodeCase(22, "GlobalMaxPool").operand({1, 1, 2}, {4, 6}).run()),
              ElementsAre(6));
}

TEST(ImportPool, GivesIndicesWhereTheyAreUsed) {
  const std::vector<Tensor> all = NodeCase(12, "MaxPool")
                                      .operand({1, 1, 3}, {1, 3, 2})
                                      .attribute(onnx_ints("kernel_shape", {2}))
                                      .used_output("indices", DataType::kInt64)
                                      .run_all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_THAT(values(all[0]), ElementsAre(3, 3));
  EXPECT_EQ(all[1].type, DataType::kInt64);
  EXPECT_THAT(values(all[1]), ElementsAre(1, 1));
}

TEST(ImportPool, TakesNormsOfAnyPower) {
  const auto norm = [](int64_t opset, Bytes p) {
    return NodeCase(opset, "LpPool")
        .operand({1, 1, 2}, {3, -4})
        .attribute(onnx_ints("kernel_shape", {2}))
        .attribute(std::move(p));
  };
  EXPECT_THAT(values(norm(1, onnx_float("p", 2)).run()), ElementsAre(5));
  EXPECT_THAT(values(norm(18, onnx_int("p", 1)).run()), ElementsAre(7));
  EXPECT_THAT(norm(1, onnx_float("p", 1.5)).import(), IsError(ErrorKind::kUnsupported, "1.5"));
  const auto of_all = [](int64_t opset, Bytes p) {
    return values(NodeCase(opset, "GlobalLpPool")
                      .operand({1, 1, 2, 1}, {3, -4})
                      .attribute(std::move(p))
                      .run());
  };
  EXPECT_THAT(of_all(1, onnx_float("p", 2)), ElementsAre(5));
  EXPECT_THAT(of_all(2, onnx_int("p", 1)), ElementsAre(7));
  EXPECT_THAT(of_all(2, onnx_int("p", 3)), ElementsAre(::testing::DoubleNear(4.4979414, 1e-5)));
}

TEST(ImportGemm, TakesTheBroadcastFlagOfOldVersions) {
  const auto gemm = [](int64_t opset) {
    return NodeCase(opset, "Gemm")
        .operand({1, 2}, {1, 2})
        .operand({1, 2}, {3, 4})
        .operand({1}, {10})
        .attribute(onnx_int("transB", 1))
        .attribute(onnx_float("alpha", 2));
  };
  EXPECT_THAT(values(gemm(6).attribute(onnx_int("broadcast", 1)).run()), ElementsAre(32));
  EXPECT_THAT(values(gemm(13).run()), ElementsAre(32));
  EXPECT_THAT(gemm(7).attribute(onnx_int("broadcast", 1)).import(),
              IsError(ErrorKind::kInvalidArgument, "broadcast"));
}

}  // namespace
}  // namespace tenon::internal
