#include "onnx/import_node.h"

#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

TEST(ImportNode, KeepsItsNodesApartFromTheNamesOfTheModel) {
  OnnxModel model;
  model.opsets = {{"", 11}};
  model.inputs = {onnx_value("x", kOnnxFloat, {{"2"}})};
  model.nodes = {{.op_type = "Unsqueeze",
                  .inputs = {"x"},
                  .outputs = {"y"},
                  .attributes = {onnx_ints("axes", {0})}},
                 // The name that the constant of the axes would get.
                 {.op_type = "Relu", .inputs = {"y"}, .outputs = {"y_axes"}}};
  model.outputs = {onnx_value("y_axes", kOnnxFloat, std::nullopt)};
  const auto bytes = std::make_shared<Bytes>(model.bytes());
  const Result<Graph> graph = import_onnx(onnx_bytes(*bytes), bytes);
  ASSERT_THAT(graph, IsOk());
  EXPECT_TRUE(graph->value(graph->find_value("y_axes_1")).constant.has_value());
}

TEST(ImportNode, FindsConstantsBehindIdentities) {
  OnnxModel model;
  model.opsets = {{"", 13}};
  model.inputs = {onnx_value("x", kOnnxFloat, {{"2"}})};
  model.initializers = {onnx_floats("scales", {1}, {3})};
  model.nodes = {{.op_type = "Identity", .inputs = {"scales"}, .outputs = {"once"}},
                 {.op_type = "Identity", .inputs = {"once"}, .outputs = {"twice"}},
                 {.op_type = "Resize", .inputs = {"x", "", "twice"}, .outputs = {"y"}}};
  model.outputs = {onnx_value("y", kOnnxFloat, std::nullopt)};
  const auto bytes = std::make_shared<Bytes>(model.bytes());
  const Result<Graph> graph = import_onnx(onnx_bytes(*bytes), bytes);
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(graph->value(graph->find_value("y")).info.shape, SymbolicShape{6});
}

// Scales as exporters compute them from shapes.
TEST(ImportNode, ComputesConstantsFromConstantsAndShapes) {
  OnnxModel model;
  model.opsets = {{"", 13}};
  model.inputs = {onnx_value("x", kOnnxFloat, {{"4"}}), onnx_value("z", kOnnxFloat, {{"N"}})};
  model.initializers = {onnx_int64s("wanted", {1}, {6})};
  model.nodes = {{.op_type = "Shape", .inputs = {"x"}, .outputs = {"shape"}},
                 {.op_type = "Cast",
                  .inputs = {"shape"},
                  .outputs = {"old"},
                  .attributes = {onnx_int("to", 1)}},
                 {.op_type = "Cast",
                  .inputs = {"wanted"},
                  .outputs = {"new"},
                  .attributes = {onnx_int("to", 1)}},
                 {.op_type = "Div", .inputs = {"new", "old"}, .outputs = {"scales"}},
                 {.op_type = "Resize", .inputs = {"x", "", "scales"}, .outputs = {"y"}}};
  model.outputs = {onnx_value("y", kOnnxFloat, std::nullopt)};
  const auto bytes = std::make_shared<Bytes>(model.bytes());
  const Result<Graph> graph = import_onnx(onnx_bytes(*bytes), bytes);
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(graph->value(graph->find_value("y")).info.shape, SymbolicShape{6});

  model.nodes[0].inputs = {"z"};
  const auto of_symbol = std::make_shared<Bytes>(model.bytes());
  EXPECT_THAT(import_onnx(onnx_bytes(*of_symbol), of_symbol),
              IsError(ErrorKind::kUnsupported, "its operand with the scales is computed"));
}

TEST(ImportNode, SaysWhenAnOperandIsMissing) {
  EXPECT_FALSE(NodeCase(6, "Add").operand({1}, {1}).import().ok());
  EXPECT_THAT(NodeCase(11, "Softmax").import(),
              IsError(ErrorKind::kCorruptData, "operand 0 is missing"));
}

}  // namespace
}  // namespace tenon::internal
