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

TEST(ImportNode, SaysWhenAnOperandIsMissing) {
  EXPECT_FALSE(NodeCase(6, "Add").operand({1}, {1}).import().ok());
  EXPECT_THAT(NodeCase(11, "Softmax").import(),
              IsError(ErrorKind::kCorruptData, "operand 0 is missing"));
}

}  // namespace
}  // namespace tenon::internal
