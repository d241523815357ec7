#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

TEST(ImportConstant, TakesEveryKindOfValue) {
  const auto constant = [](Bytes attribute) {
    return NodeCase(13, "Constant").attribute(std::move(attribute));
  };
  const Tensor tensor =
      constant(onnx_tensor_attribute("value", onnx_int64s("", {2}, {3, 4}))).run();
  EXPECT_EQ(tensor.type, DataType::kInt64);
  EXPECT_THAT(values(tensor), ElementsAre(3, 4));
  const Tensor scalar = constant(onnx_float("value_float", 0.5F)).run();
  EXPECT_THAT(scalar.shape, ElementsAre());
  EXPECT_THAT(values(scalar), ElementsAre(0.5));
  EXPECT_THAT(values(constant(onnx_float_list("value_floats", {1, 2})).run()), ElementsAre(1, 2));
  EXPECT_THAT(values(constant(onnx_int("value_int", -3)).run()), ElementsAre(-3));
  const Tensor ints = constant(onnx_ints("value_ints", {7, 8, 9})).run();
  EXPECT_THAT(ints.shape, ElementsAre(3));
  EXPECT_THAT(values(ints), ElementsAre(7, 8, 9));
}

TEST(ImportConstant, RefusesOthers) {
  const auto constant = [](Bytes attribute) {
    return NodeCase(13, "Constant").attribute(std::move(attribute)).import();
  };
  EXPECT_THAT(constant(onnx_string("value_string", "x")),
              IsError(ErrorKind::kUnsupported, "'value_string'"));
  EXPECT_THAT(constant(onnx_attribute("sparse_value", 11, [](auto&) {})),
              IsError(ErrorKind::kUnsupported, "'sparse_value'"));
  EXPECT_THAT(constant(onnx_int("value", 3)), IsError(ErrorKind::kCorruptData, "'value'"));
  EXPECT_THAT(NodeCase(13, "Constant").import(),
              IsError(ErrorKind::kCorruptData, "it has 0 attributes"));
  EXPECT_THAT(constant(onnx_tensor_attribute("value", onnx_tensor("t", kOnnxString, {1}, "x"))),
              IsError(ErrorKind::kUnsupported, "STRING"));
}

TEST(ImportDropout, DropsNothing) {
  const NodeCase old = NodeCase(6, "Dropout")
                           .operand({2}, {1, 2})
                           .attribute(onnx_float("ratio", 0.5F))
                           .unused_output("mask");
  EXPECT_THAT(values(old.run()), ElementsAre(1, 2));
  const NodeCase newest =
      NodeCase(13, "Dropout").operand({2}, {1, 2}).omitted().constant_bool(false);
  EXPECT_THAT(values(newest.run()), ElementsAre(1, 2));
}

TEST(ImportDropout, MasksNothing) {
  const auto mask = [](int64_t opset, DataType type) {
    return NodeCase(opset, "Dropout").operand({2}, {3, 0}).used_output("mask", type).run_all();
  };
  EXPECT_THAT(values(mask(13, DataType::kBool)[1]), ElementsAre(1, 1));
  EXPECT_THAT(values(mask(7, DataType::kFloat32)[1]), ElementsAre(1, 1));
}

TEST(ImportDropout, RefusesTraining) {
  EXPECT_THAT(NodeCase(13, "Dropout").operand({1}, {1}).omitted().constant_bool(true).import(),
              IsError(ErrorKind::kUnsupported, "training_mode"));
}

TEST(ImportConstantOfShape, ExpandsTheElement) {
  const Tensor zeros = NodeCase(9, "ConstantOfShape").constant({2}, {2, 1}).run();
  EXPECT_EQ(zeros.type, DataType::kFloat32);
  EXPECT_THAT(zeros.shape, ElementsAre(2, 1));
  EXPECT_THAT(values(zeros), ElementsAre(0, 0));
  const auto with_value = [](const std::vector<int64_t>& dims, std::vector<int64_t> values) {
    const Bytes tensor = onnx_int64s("", dims, std::move(values));
    return NodeCase(13, "ConstantOfShape").attribute(onnx_tensor_attribute("value", tensor));
  };
  EXPECT_THAT(values(with_value({1}, {7}).constant({1}, {3}).run()), ElementsAre(7, 7, 7));
  EXPECT_THAT(with_value({}, {7}).constant({0}, {}).run().shape, ElementsAre());
  EXPECT_THAT(with_value({1}, {7}).constant({1}, {0}).run().shape, ElementsAre(0));
  EXPECT_THAT(with_value({2}, {7, 8}).constant({1}, {3}).import(),
              IsError(ErrorKind::kCorruptData, "'value' has 2 elements"));
  EXPECT_THAT(with_value({1}, {7}).import(), IsError(ErrorKind::kInvalidArgument, "operand"));
  EXPECT_THAT(
      NodeCase(9, "ConstantOfShape").constant({1}, {1}).attribute(onnx_int("type", 1)).import(),
      IsError(ErrorKind::kCorruptData, "'type' is not known"));
}

}  // namespace
}  // namespace tenon::internal
