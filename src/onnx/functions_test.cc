#include "onnx/functions.h"

#include "graph/executor.h"
#include "graph/verify.h"
#include "onnx/import.h"
#include "testing/matchers.h"
#include "testing/onnx_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

Result<Graph> import(const OnnxModel& model) {
  const auto bytes = std::make_shared<Bytes>(model.bytes());
  return import_onnx(onnx_bytes(*bytes), bytes);
}

// Calls of `local` functions on x, one after the other.
OnnxModel calling_model(std::vector<OnnxFunction> functions, std::vector<OnnxNode> calls) {
  OnnxModel model;
  model.opsets.emplace_back("local", 1);
  model.inputs = {onnx_value("x", kOnnxFloat, {{"2"}})};
  for (OnnxNode& call : calls) call.domain = "local";
  model.nodes = std::move(calls);
  model.outputs = {onnx_value("y", kOnnxFloat, std::nullopt)};
  for (OnnxFunction& function : functions) function.domain = "local";
  model.functions = std::move(functions);
  return model;
}

std::vector<float> run(const Graph& graph, std::vector<float> x) {
  const std::unique_ptr<ThreadPool> pool = ThreadPool::create({}).value();
  const HostTensor input =
      HostTensor::of(DataType::kFloat32, {2}, std::vector<double>(x.begin(), x.end())).value();
  const std::vector<HostTensor> outputs = execute(graph, std::span(&input, 1), *pool).value();
  return {outputs[0].as<float>().begin(), outputs[0].as<float>().end()};
}

// out = LeakyRelu(in, alpha = slope), in two nodes.
OnnxFunction leaky_function() {
  return {.name = "Leaky",
          .inputs = {"in"},
          .outputs = {"out"},
          .nodes = {{.op_type = "LeakyRelu",
                     .inputs = {"in"},
                     .outputs = {"x"},
                     .attributes = {onnx_reference("alpha", 1, "slope")},
                     .name = "leak"},
                    {.op_type = "Identity", .inputs = {"x"}, .outputs = {"out"}}},
          .attributes = {}};
}

TEST(Functions, AreInlinedUnderNamesOfTheirOwn) {
  OnnxModel model =
      calling_model({leaky_function()},
                    {{.op_type = "Leaky", .inputs = {"x"}, .outputs = {"h"}, .name = "first"},
                     {.op_type = "Leaky", .inputs = {"h"}, .outputs = {"y"}, .name = "first"}});
  const Result<Graph> graph = import(model);
  ASSERT_THAT(graph, IsOk());
  EXPECT_THAT(verify(*graph, GraphLevel::kImported), IsOk());
  std::vector<std::string> values;
  for (const NodeId id : graph->order()) {
    values.push_back(graph->value(graph->node(id).outputs[0]).name);
  }
  EXPECT_THAT(values, ElementsAre("first/x", "h", "first/x_1", "y"));
  EXPECT_EQ(graph->node(graph->order()[0]).name, "first/leak");
}

TEST(Functions, TakeAttributesFromTheCallTheDefaultOrTheOperator) {
  const OnnxNode call = {.op_type = "Leaky", .inputs = {"x"}, .outputs = {"y"}};
  const auto result = [&](const OnnxFunction& function, const OnnxNode& node) {
    return run(import(calling_model({function}, {node})).value(), {2, -100});
  };
  EXPECT_THAT(result(leaky_function(), call), ElementsAre(2, -1)) << "0.01 is LeakyRelu's own";
  OnnxFunction with_default = leaky_function();
  with_default.attributes = {onnx_float("slope", 0.25F)};
  EXPECT_THAT(result(with_default, call), ElementsAre(2, -25));
  OnnxNode with_slope = call;
  with_slope.attributes = {onnx_float("slope", 0.5F)};
  EXPECT_THAT(result(with_default, with_slope), ElementsAre(2, -50));
}

TEST(Functions, HaveNoDefaultsWithoutAValue) {
  // The default would be a tensor that nobody gives.
  OnnxFunction function = {.name = "Fill",
                           .inputs = {"in"},
                           .outputs = {"out"},
                           .nodes = {{.op_type = "Constant",
                                      .inputs = {},
                                      .outputs = {"out"},
                                      .attributes = {onnx_reference("value", 4, "v")}}},
                           .attributes = {onnx_reference("v", 4, "x")}};
  EXPECT_THAT(
      import(calling_model({function}, {{.op_type = "Fill", .inputs = {"x"}, .outputs = {"y"}}})),
      IsError(ErrorKind::kCorruptData, "the default of attribute 'v' refers to another"));
}

TEST(Functions, CallFunctionsWithTheirOwnAttributes) {
  OnnxFunction outer = {.name = "Outer",
                        .inputs = {"a"},
                        .outputs = {"b"},
                        .nodes = {{.op_type = "Leaky",
                                   .inputs = {"a"},
                                   .outputs = {"b"},
                                   .attributes = {onnx_reference("slope", 1, "steep")},
                                   .domain = "local"}},
                        .opsets = {{"local", 1}}};
  const Result<Graph> graph =
      import(calling_model({leaky_function(), outer}, {{.op_type = "Outer",
                                                        .inputs = {"x"},
                                                        .outputs = {"y"},
                                                        .attributes = {onnx_float("steep", 0.5F)},
                                                        .name = "top"}}));
  ASSERT_THAT(graph, IsOk());
  EXPECT_THAT(run(*graph, {2, -4}), ElementsAre(2, -2));
  EXPECT_TRUE(graph->find_value("top/Leaky/x").valid());
}

TEST(Functions, UseTheOpsetsThatTheyImport) {
  // Squeeze of opset 11 has its axes as an attribute, that of the model's opset as an operand.
  OnnxFunction function = {.name = "Old",
                           .inputs = {"in"},
                           .outputs = {"out"},
                           .nodes = {{.op_type = "Unsqueeze",
                                      .inputs = {"in"},
                                      .outputs = {"wide"},
                                      .attributes = {onnx_ints("axes", {0})}},
                                     {.op_type = "Squeeze",
                                      .inputs = {"wide"},
                                      .outputs = {"out"},
                                      .attributes = {onnx_ints("axes", {0})}}},
                           .opsets = {{"", 11}}};
  const Result<Graph> graph =
      import(calling_model({function}, {{.op_type = "Old", .inputs = {"x"}, .outputs = {"y"}}}));
  ASSERT_THAT(graph, IsOk());
  EXPECT_THAT(run(*graph, {2, -4}), ElementsAre(2, -4));
}

TEST(Functions, GoBeforeOperatorsOfTheSameName) {
  OnnxFunction relu = {.name = "Relu",
                       .inputs = {"in"},
                       .outputs = {"out"},
                       .nodes = {{.op_type = "Neg", .inputs = {"in"}, .outputs = {"out"}}}};
  OnnxModel model = calling_model({relu}, {{.op_type = "Relu", .inputs = {"x"}, .outputs = {"y"}}});
  model.nodes[0].domain = "";
  model.functions[0].domain = "";
  EXPECT_THAT(run(import(model).value(), {2, -4}), ElementsAre(-2, 4));
}

TEST(Functions, MayPassOperandsThroughAndLeaveThemOut) {
  OnnxFunction pick = {.name = "Pick",
                       .inputs = {"a", "lost"},
                       .outputs = {"a", "unused"},
                       .nodes = {{.op_type = "Neg", .inputs = {"a"}, .outputs = {"unused"}}}};
  const Result<Graph> graph =
      import(calling_model({pick}, {{.op_type = "Pick", .inputs = {"x"}, .outputs = {"y"}}}));
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(graph->outputs()[0].value, graph->inputs()[0]);
  EXPECT_EQ(graph->outputs()[0].name, "y");
}

TEST(Functions, AreRefusedWhereTheyCallThemselves) {
  const auto calls = [](const char* name, const char* callee) {
    return OnnxFunction{
        .name = name,
        .inputs = {"a"},
        .outputs = {"b"},
        .nodes = {{.op_type = callee, .inputs = {"a"}, .outputs = {"b"}, .domain = "local"}},
        .opsets = {{"local", 1}}};
  };
  const OnnxNode call = {.op_type = "F", .inputs = {"x"}, .outputs = {"y"}};
  EXPECT_THAT(import(calling_model({calls("F", "G"), calls("G", "F")}, {call})),
              IsError(ErrorKind::kCorruptData, "function 'F' calls itself"));
  EXPECT_THAT(import(calling_model({calls("F", "G"), calls("F", "G")}, {call})),
              IsError(ErrorKind::kCorruptData, "function 'F' twice"));
}

TEST(Functions, AreRefusedWhereTheyGrowWithoutBound) {
  // Each of 40 functions calls the next one twice.
  std::vector<OnnxFunction> functions;
  for (int i = 0; i < 40; ++i) {
    const std::string callee = i == 39 ? "Neg" : "F" + std::to_string(i + 1);
    const std::string domain = i == 39 ? "" : "local";
    functions.push_back(
        {.name = "F" + std::to_string(i),
         .inputs = {"a"},
         .outputs = {"c"},
         .nodes = {{.op_type = callee, .inputs = {"a"}, .outputs = {"b"}, .domain = domain},
                   {.op_type = callee, .inputs = {"b"}, .outputs = {"c"}, .domain = domain}}});
  }
  EXPECT_THAT(
      import(calling_model(functions, {{.op_type = "F0", .inputs = {"x"}, .outputs = {"y"}}})),
      IsError(ErrorKind::kUnsupported, "grow to more than"));
}

TEST(Functions, AreRefusedWhereTheyNestTooDeeply) {
  std::vector<OnnxFunction> functions;
  for (int i = 0; i < 1000; ++i) {
    functions.push_back({.name = "F" + std::to_string(i),
                         .inputs = {"a"},
                         .outputs = {"b"},
                         .nodes = {{.op_type = "F" + std::to_string(i + 1),
                                    .inputs = {"a"},
                                    .outputs = {"b"},
                                    .domain = "local"}}});
  }
  const std::vector<OnnxNode> calls = {{.op_type = "F0", .inputs = {"x"}, .outputs = {"y"}}};
  EXPECT_THAT(import(calling_model(functions, calls)),
              IsError(ErrorKind::kCorruptData, "more than 64 deep"));
  // The same where the deepest ones are seen first.
  const std::vector<OnnxNode> backwards = {{.op_type = "F960", .inputs = {"x"}, .outputs = {"h"}},
                                           {.op_type = "F900", .inputs = {"h"}, .outputs = {"y"}}};
  functions[999].nodes[0] = {.op_type = "Neg", .inputs = {"a"}, .outputs = {"b"}};
  EXPECT_THAT(import(calling_model(functions, backwards)),
              IsError(ErrorKind::kCorruptData, "more than 64 deep"));
}

TEST(Functions, AreCheckedAgainstTheirCalls) {
  const auto error = [](const OnnxFunction& function, const OnnxNode& call) {
    return import(calling_model({function}, {call}));
  };
  const OnnxNode call = {.op_type = "Leaky", .inputs = {"x"}, .outputs = {"y"}, .name = "c"};
  OnnxNode two_operands = call;
  two_operands.inputs = {"x", "x"};
  EXPECT_THAT(
      error(leaky_function(), two_operands),
      IsError(ErrorKind::kCorruptData, "it has 2 operands and 1 output, and its function 1 and 1"));
  OnnxFunction without_result = leaky_function();
  without_result.nodes.pop_back();
  EXPECT_THAT(error(without_result, call),
              IsError(ErrorKind::kCorruptData, "does not compute its output 'out'"));
  EXPECT_THAT(error(without_result, call), IsError(ErrorKind::kCorruptData, "the call Leaky 'c'"));
  OnnxFunction with_unknown = leaky_function();
  with_unknown.nodes[0].op_type = "Foo";
  EXPECT_THAT(error(with_unknown, call),
              IsError(ErrorKind::kUnsupported, "1 node cannot be imported: Foo 'leak'"));
  OnnxFunction with_reference = leaky_function();
  with_reference.attributes = {onnx_reference("slope", 1, "steep")};
  EXPECT_THAT(
      error(with_reference, call),
      IsError(ErrorKind::kCorruptData, "the default of attribute 'slope' refers to another"));
  OnnxFunction without_opset = leaky_function();
  without_opset.opsets = {};
  EXPECT_THAT(error(without_opset, call), IsError(ErrorKind::kCorruptData, "in function 'Leaky'"));
  OnnxFunction two_opsets = leaky_function();
  two_opsets.opsets = {{"", 13}, {"", 17}};
  EXPECT_THAT(error(two_opsets, call),
              IsError(ErrorKind::kCorruptData, "opsets 13 and 17 of ai.onnx are imported"));
}

}  // namespace
}  // namespace tenon::internal
