#include "graph/executor.h"
#include "graph/text.h"
#include "graph/verify.h"
#include "onnx/import.h"
#include "testing/matchers.h"
#include "testing/onnx_writer.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Result<Graph> import(const OnnxModel& model) {
  const Bytes bytes = model.bytes();
  auto owner = std::make_shared<const Bytes>(bytes);
  return import_onnx(onnx_bytes(*owner), owner);
}

OnnxModel body(std::vector<OnnxNode> nodes, const std::vector<std::string>& outputs) {
  OnnxModel graph;
  graph.nodes = std::move(nodes);
  for (const std::string& name : outputs) graph.outputs.push_back(onnx_value(name, kOnnxFloat, {}));
  return graph;
}

// y = If(c, then, otherwise) beside w = Abs(x), for x[3].
OnnxModel branches(const OnnxModel& then_body, const OnnxModel& else_body) {
  OnnxModel model;
  model.inputs = {onnx_value("c", kOnnxBool, std::vector<std::string>{}),
                  onnx_value("x", kOnnxFloat, {{"3"}})};
  model.nodes = {{.op_type = "Abs", .inputs = {"x"}, .outputs = {"w"}},
                 {.op_type = "If",
                  .inputs = {"c"},
                  .outputs = {"y"},
                  .attributes = {onnx_graph_attribute("then_branch", then_body.graph_bytes()),
                                 onnx_graph_attribute("else_branch", else_body.graph_bytes())},
                  .name = "choose"}};
  model.outputs = {onnx_value("y", kOnnxFloat, {})};
  return model;
}

HostTensor truth(bool value) {
  return HostTensor::of(DataType::kBool, {}, std::vector<double>{value ? 1.0 : 0.0}).value();
}

HostTensor x() {
  return HostTensor::of(DataType::kFloat32, {3}, std::vector<double>{1, -2, 3}).value();
}

std::vector<float> run(const Graph& graph, const std::vector<HostTensor>& inputs) {
  EXPECT_THAT(verify(graph, GraphLevel::kImported), IsOk());
  const auto pool = ThreadPool::create({}).value();
  const auto results = execute(graph, inputs, *pool);
  EXPECT_THAT(results, IsOk());
  if (!results.ok()) return {};
  const auto values = (*results)[0].as<float>();
  return {values.begin(), values.end()};
}

OnnxModel negates() {
  return body({{.op_type = "Neg", .inputs = {"w"}, .outputs = {"n"}, .name = "neg"}}, {"n"});
}

TEST(ImportBodies, CapturesValuesAround) {
  const OnnxModel nested = branches(negates(), body({}, {"w"}));
  const OnnxModel outer = body({nested.nodes[1]}, {"y"});
  const auto graph = import(branches(outer, body({}, {"x"})));
  ASSERT_THAT(graph, IsOk());
  EXPECT_THAT(run(*graph, {truth(true), x()}), ElementsAre(-1, -2, -3));
  EXPECT_THAT(run(*graph, {truth(false), x()}), ElementsAre(1, -2, 3));
}

TEST(ImportBodies, TakesTheBranchThatRunsWhereTheConditionIsKnown) {
  OnnxModel model = branches(
      negates(), body({{.op_type = "Add", .inputs = {"w", "x"}, .outputs = {"n"}}}, {"n"}));
  // Shape(x)[0] == 3
  model.nodes.push_back({.op_type = "Shape", .inputs = {"x"}, .outputs = {"s"}});
  model.initializers = {onnx_int64s("three", {1}, {3})};
  model.nodes.push_back({.op_type = "Equal", .inputs = {"s", "three"}, .outputs = {"known"}});
  model.nodes[1].inputs = {"known"};
  const auto graph = import(model);
  ASSERT_THAT(graph, IsOk());
  EXPECT_THAT(to_text(*graph), Not(HasSubstr("If(")));
  EXPECT_THAT(run(*graph, {truth(false), x()}), ElementsAre(-1, -2, -3));
}

TEST(ImportBodies, FailsInTheRunWhereABranchMakesNoSense) {
  OnnxModel bad = body({{.op_type = "MatMul", .inputs = {"w", "five"}, .outputs = {"n"}}}, {"n"});
  bad.initializers = {onnx_floats("five", {5}, {1, 2, 3, 4, 5})};
  const auto graph = import(branches(negates(), bad));
  ASSERT_THAT(graph, IsOk());
  EXPECT_THAT(run(*graph, {truth(true), x()}), ElementsAre(-1, -2, -3));
  const auto pool = ThreadPool::create({}).value();
  const std::vector<HostTensor> inputs = {truth(false), x()};
  EXPECT_THAT(execute(*graph, inputs, *pool),
              IsError(ErrorKind::kInvalidArgument, "what is run here has no result: MatMul"));
  EXPECT_THAT(import(branches(bad, bad)), IsError(ErrorKind::kInvalidArgument, "MatMul"));
}

TEST(ImportBodies, RefusesWhatIsNoBody) {
  EXPECT_THAT(import(branches(negates(), body({}, {"nowhere"}))),
              IsError(ErrorKind::kCorruptData, "'nowhere'"));
  EXPECT_THAT(
      import(branches(negates(), body({}, {"w", "x"}))),
      IsError(ErrorKind::kCorruptData, "its branches give 1 value and 2 values for 1 output"));
  OnnxModel without = branches(negates(), negates());
  without.nodes[1].attributes.pop_back();
  EXPECT_THAT(import(without), IsError(ErrorKind::kCorruptData, "'else_branch' is no graph"));
  const OnnxModel matrix =
      body({{.op_type = "Unsqueeze", .inputs = {"w", "axis"}, .outputs = {"n"}}}, {"n"});
  OnnxModel ranks = branches(negates(), matrix);
  ranks.initializers = {onnx_int64s("axis", {1}, {0})};
  EXPECT_THAT(import(ranks), IsError(ErrorKind::kUnsupported,
                                     "how many dims it has depends on data, which cannot be run; "
                                     "fix the shapes of the inputs that decide it (--shape"));
}

// A Loop that adds x to `s` and stacks the sums, while they are few.
OnnxModel loop(std::vector<std::string> operands) {
  OnnxModel inner;
  inner.inputs = {onnx_value("i", kOnnxInt64, std::vector<std::string>{}),
                  onnx_value("go", kOnnxBool, std::vector<std::string>{}),
                  onnx_value("s", kOnnxFloat, {{"3"}})};
  inner.nodes = {{.op_type = "Add", .inputs = {"s", "x"}, .outputs = {"t"}},
                 {.op_type = "Identity", .inputs = {"go"}, .outputs = {"on"}}};
  inner.outputs = {onnx_value("on", kOnnxBool, std::vector<std::string>{}),
                   onnx_value("t", kOnnxFloat, {{"3"}}), onnx_value("t", kOnnxFloat, {{"3"}})};
  OnnxModel model;
  model.inputs = {onnx_value("x", kOnnxFloat, {{"3"}})};
  model.initializers = {onnx_int64s("two", {}, {2})};
  model.nodes = {{.op_type = "Loop",
                  .inputs = std::move(operands),
                  .outputs = {"last", "y"},
                  .attributes = {onnx_graph_attribute("body", inner.graph_bytes())},
                  .name = "again"}};
  model.outputs = {onnx_value("y", kOnnxFloat, {})};
  return model;
}

TEST(ImportBodies, KnowsHowOftenALoopRuns) {
  const auto graph = import(loop({"two", "", "x"}));
  ASSERT_THAT(graph, IsOk());
  const ValueId y = graph->outputs()[0].value;
  EXPECT_EQ(to_string(graph->value(y).info), "f32[2,3]");
  EXPECT_THAT(run(*graph, {x()}), ElementsAre(2, -4, 6, 3, -6, 9));
}

TEST(ImportBodies, RefusesLoopsThatCarryOtherValues) {
  EXPECT_THAT(import(loop({"two", ""})), IsError(ErrorKind::kCorruptData, "where it carries 0"));
  EXPECT_THAT(import(loop({"two", "", "x", "x"})),
              IsError(ErrorKind::kCorruptData, "where it carries 2"));
}

}  // namespace
}  // namespace tenon::internal
