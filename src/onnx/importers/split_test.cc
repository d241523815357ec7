#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

using Parts = std::vector<std::vector<double>>;

// A node Split of x[2,5] = 0, 1, … along axis 1 with these outputs.
NodeCase split(int64_t opset, size_t outputs) {
  NodeCase node(opset, "Split");
  node.operand({2, 5}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}).attribute(onnx_int("axis", 1));
  for (size_t i = 1; i < outputs; ++i) node.used_output("y" + std::to_string(i));
  return node;
}

Parts parts(const NodeCase& node) {
  Parts parts;
  for (const Tensor& output : node.run_all()) parts.push_back(values(output));
  return parts;
}

TEST(ImportSplit, TakesExtentsOfEveryVersion) {
  const Parts two_and_three = {{0, 1, 5, 6}, {2, 3, 4, 7, 8, 9}};
  EXPECT_EQ(parts(split(1, 2).attribute(onnx_ints("split", {2, 3}))), two_and_three);
  EXPECT_EQ(parts(split(1, 2).constant_floats({2}, {2, 3})), two_and_three);
  EXPECT_EQ(parts(split(2, 2).attribute(onnx_ints("split", {2, 3}))), two_and_three);
  EXPECT_EQ(parts(split(13, 2).constant({2}, {2, 3})), two_and_three);
  EXPECT_EQ(parts(split(18, 2).constant({2}, {2, 3})), two_and_three);
  EXPECT_EQ(parts(split(13, 2).constant({2}, {0, 5})), (Parts{{}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}));
}

TEST(ImportSplit, MakesEqualParts) {
  const auto rows = [](int64_t opset) {
    return NodeCase(opset, "Split").operand({2, 2}, {0, 1, 2, 3}).used_output("y1");
  };
  for (const int64_t opset : {1, 2, 11, 13, 18}) {
    EXPECT_EQ(parts(rows(opset)), (Parts{{0, 1}, {2, 3}})) << "opset " << opset;
  }
  EXPECT_EQ(parts(rows(13).attribute(onnx_int("axis", -1))), (Parts{{0, 2}, {1, 3}}));
  EXPECT_EQ(parts(split(18, 2).attribute(onnx_int("num_outputs", 2))),
            (Parts{{0, 1, 2, 5, 6, 7}, {3, 4, 8, 9}}))
      << "the last may be smaller";
  EXPECT_EQ(parts(split(13, 1)).size(), 1U);
}

TEST(ImportSplit, LeavesOutWhatTheNodeDoes) {
  const NodeCase node =
      NodeCase(13, "Split").operand({3}, {0, 1, 2}).unused_output("").used_output("z");
  EXPECT_EQ(parts(node), (Parts{{0}, {2}}));
}

TEST(ImportSplit, RefusesPartsThatDoNotFit) {
  const auto refused = [](const NodeCase& node, const char* text) {
    EXPECT_THAT(node.import(), IsError(ErrorKind::kCorruptData, text));
  };
  refused(split(13, 2), "an extent of 5 cannot be split into 2 equal parts");
  refused(split(13, 2).constant({2}, {2, 2}), "an extent of 5 is not split into 2 parts by [2,2]");
  refused(split(13, 2).constant({3}, {2, 2, 1}), "not split into 2 parts");
  refused(split(13, 2).constant({2}, {6, -1}), "-1 is no extent");
  refused(split(18, 2).attribute(onnx_int("num_outputs", 3)), "'num_outputs'");
  refused(split(13, 1).attribute(onnx_ints("split", {5})), "'split' is not known");
  EXPECT_THAT(split(13, 2).attribute(onnx_int("axis", 7)).import(),
              IsError(ErrorKind::kCorruptData, "given twice"));
}

TEST(ImportSplit, TakesExtentsThatTheRunComputes) {
  EXPECT_EQ(parts(split(13, 2).operand({2}, {2, 3}, DataType::kInt64)),
            (Parts{{0, 1, 5, 6}, {2, 3, 4, 7, 8, 9}}));
}

// Split of x[N,C], with these attributes.
Result<Graph> split_symbolic(int64_t opset, std::vector<Bytes> attributes) {
  OnnxModel model;
  model.opsets = {{"", opset}};
  model.inputs = {onnx_value("x", kOnnxFloat, {{"N", "C"}})};
  attributes.push_back(onnx_int("axis", 1));
  model.nodes = {{.op_type = "Split",
                  .inputs = {"x"},
                  .outputs = {"a", "b"},
                  .attributes = std::move(attributes)}};
  model.outputs = {onnx_value("a", kOnnxFloat, std::nullopt),
                   onnx_value("b", kOnnxFloat, std::nullopt)};
  const auto bytes = std::make_shared<Bytes>(model.bytes());
  return import_onnx(onnx_bytes(*bytes), bytes);
}

std::string shape_text(const Graph& graph, std::string_view value) {
  return to_string(graph.value(graph.find_value(value)).info.shape);
}

TEST(ImportSplit, KeepsSymbols) {
  const Result<Graph> halves = split_symbolic(13, {});
  ASSERT_THAT(halves, IsOk());
  EXPECT_EQ(shape_text(*halves, "a"), "[N,floor_div(C, 2)]");
  EXPECT_EQ(shape_text(*halves, "b"), "[N,floor_div(C, 2)]");
  const Result<Graph> stated = split_symbolic(12, {onnx_ints("split", {2, 3})});
  ASSERT_THAT(stated, IsOk());
  EXPECT_EQ(shape_text(*stated, "b"), "[N,3]");
}

TEST(ImportSplit, ChecksInTheRunWhatSymbolsLeaveOpen) {
  const auto run = [](const Result<Graph>& graph, int64_t channels) {
    const std::vector<HostTensor> x = {
        HostTensor::of(DataType::kFloat32, {1, channels},
                       std::vector<double>(static_cast<size_t>(channels)))
            .value()};
    return execute(*graph, x, *ThreadPool::create({}).value());
  };
  const Result<Graph> stated = split_symbolic(12, {onnx_ints("split", {2, 3})});
  ASSERT_THAT(stated, IsOk());
  EXPECT_THAT(run(stated, 5), IsOk());
  EXPECT_THAT(run(stated, 6), IsError(ErrorKind::kInvalidArgument, "the wanted shape"));
  const Result<Graph> halves = split_symbolic(13, {});
  EXPECT_THAT(run(halves, 4), IsOk());
  EXPECT_THAT(run(halves, 5), IsError(ErrorKind::kInvalidArgument, "the wanted shape"));
  // From opset 18 on what is left is smaller.
  const Result<Graph> newest = split_symbolic(18, {});
  ASSERT_THAT(newest, IsOk());
  const auto outputs = run(newest, 5);
  ASSERT_THAT(outputs, IsOk());
  EXPECT_THAT((*outputs)[0].shape(), ElementsAre(1, 3));
  EXPECT_THAT((*outputs)[1].shape(), ElementsAre(1, 2));
}

}  // namespace
}  // namespace tenon::internal
