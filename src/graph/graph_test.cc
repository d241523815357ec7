#include "graph/graph.h"

#include "graph/text.h"
#include "ops/list.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tenon::internal {
namespace {

using testing::GraphBuilder;
using testing::IsError;
using testing::IsOk;
using testing::IsOkAndHolds;

ValueInfo type(std::string_view text) { return parse_value_info(text).value(); }

TEST(Graph, RefusesANameThatIsInUse) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2]");
  Graph graph = b.take();
  EXPECT_THAT(graph.add_input("x", type("f32[2]")),
              IsError(ErrorKind::kInvalidArgument, "two values have the name \"x\""));
  EXPECT_THAT(graph.add_constant("x", HostTensor::of_int64({}, {{1}}).value()),
              IsError(ErrorKind::kInvalidArgument, "two values"));
  EXPECT_THAT(graph.add_node(*find_op("Relu"), {}, {x}, "relu", {"x"}),
              IsError(ErrorKind::kInvalidArgument, "at Relu 'relu'"));
  EXPECT_THAT(graph.add_input("", type("f32[2]")),
              IsError(ErrorKind::kInvalidArgument, "needs a name"));
  ASSERT_THAT(graph.add_output("y", x), IsOk());
  EXPECT_THAT(graph.add_output("y", x),
              IsError(ErrorKind::kInvalidArgument, "two outputs have the name \"y\""));
  EXPECT_TRUE(graph.order().empty());
}

TEST(Graph, RefusesMoreNamesThanAnOpHasOutputs) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2]");
  Graph graph = b.take();
  EXPECT_THAT(graph.add_node(*find_op("Relu"), {}, {x}, "relu", {"a", "b"}),
              IsError(ErrorKind::kInvalidArgument, "computes 1 value, and the names given are 2"));
}

TEST(Graph, NamesTheNodeThatDoesNotInfer) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2,3]");
  const ValueId y = b.input("y", "f32[2,4]");
  Graph graph = b.take();
  const auto added = graph.add_node(*find_op("Add"), {}, {x, y}, "sum");
  EXPECT_THAT(added, IsError(ErrorKind::kInvalidArgument, "at Add 'sum'"));
  EXPECT_EQ(added.error().node(), "sum");
  EXPECT_TRUE(graph.order().empty());
  EXPECT_EQ(graph.value_capacity(), 2U);
}

TEST(Graph, GivesUnnamedValuesFreshNames) {
  GraphBuilder b;
  const ValueId x = b.input("Relu", "f32[2]");
  const ValueId y = b.node("Relu", {x});
  const ValueId z = b.node("Relu", {y});
  const ValueId named = b.node("Relu", {z}, {}, "last");
  EXPECT_EQ(b.graph().value(y).name, "Relu_1");
  EXPECT_EQ(b.graph().value(z).name, "Relu_2");
  EXPECT_EQ(b.graph().value(named).name, "last");
  EXPECT_EQ(b.graph().find_value("last"), named);
  EXPECT_FALSE(b.graph().find_value("nobody").valid());
}

TEST(Graph, FindsAnUnusedNumberAmongMany) {
  for (uint64_t taken = 0; taken < 70; ++taken) {
    const std::string name = unused_name("x", [&](std::string_view candidate) {
      return candidate == "x" || std::stoull(std::string(candidate.substr(2))) <= taken;
    });
    EXPECT_EQ(name, fmt::format("x_{}", taken + 1));
  }
  EXPECT_EQ(unused_name("", [](std::string_view) { return false; }), "value");
}

TEST(Graph, DropsOmittedOperandsAtTheEnd) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[4]");
  const ValueId y = b.node("Slice", {x, b.ints({0}), b.ints({2}), {}, {}});
  EXPECT_EQ(b.graph().node(b.graph().value(y).producer).inputs.size(), 3U);
}

TEST(Graph, DropsKnownElementsOfInputs) {
  Graph graph;
  ValueInfo info = type("i64[1]");
  info.elements = {Dim(3)};
  const ValueId x = graph.add_input("x", info).value();
  EXPECT_FALSE(graph.value(x).info.elements);
}

TEST(Graph, KnowsWhoUsesAValue) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2]");
  const ValueId y = b.node("Add", {x, x});
  const auto uses = b.graph().uses();
  ASSERT_EQ(uses[x.index].size(), 2U);
  EXPECT_EQ(uses[x.index][1].node, b.graph().value(y).producer);
  EXPECT_EQ(uses[x.index][1].operand, 1U);
  EXPECT_TRUE(uses[y.index].empty());
}

TEST(Graph, BindsTheSymbolsOfAllInputs) {
  GraphBuilder b;
  b.input("x", "f32[N,2*N]");
  b.input("y", "f32[M]");
  const std::vector<Shape> fitting = {{2, 4}, {5}};
  EXPECT_THAT(b.graph().bind(fitting), IsOkAndHolds(SymbolBindings{{"M", 5}, {"N", 2}}));
  EXPECT_EQ(b.graph().input_symbols(), (std::set<std::string>{"M", "N"}));
}

TEST(Graph, NamesTheInputWhoseShapeDoesNotFit) {
  GraphBuilder b;
  b.input("x", "f32[N,2*N]");
  const std::vector<Shape> wrong_dim = {{2, 5}};
  EXPECT_THAT(b.graph().bind(wrong_dim),
              IsError(ErrorKind::kInvalidArgument, "axis 1 is 5, but 2*N is 4"));
  EXPECT_THAT(b.graph().bind(wrong_dim),
              IsError(ErrorKind::kInvalidArgument, "input \"x\" of type f32[N,2*N], given [2,5]"));
  const std::vector<Shape> wrong_rank = {{2}};
  EXPECT_THAT(b.graph().bind(wrong_rank), IsError(ErrorKind::kInvalidArgument, "input \"x\""));
  EXPECT_THAT(b.graph().bind({}),
              IsError(ErrorKind::kInvalidArgument, "1 input, but shapes are given for 0"));
}

TEST(Graph, CompactingDropsUnusedConstantsAndKeepsTheRest) {
  GraphBuilder b;
  const ValueId unused = b.scalar(7);
  const ValueId x = b.input("x", "f32[2]");
  const ValueId y = b.node("Add", {x, b.constant(DataType::kFloat32, {1}, {1})}, {}, "add");
  const Graph graph = b.output("y", y).take();
  const Graph compacted = graph.compacted();
  EXPECT_TRUE(same_graph(graph, compacted));
  EXPECT_EQ(to_text(graph), to_text(compacted));
  EXPECT_FALSE(compacted.find_value(graph.value(unused).name).valid());
  EXPECT_EQ(compacted.value_capacity(), 3U);
  EXPECT_EQ(graph.used_constants().size(), 1U);
}

TEST(Graph, DescribesANodeByItsNameOrItsOutput) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2]");
  const ValueId y = b.node("Relu", {x}, {}, "first");
  const ValueId z = b.node("Relu", {y});
  EXPECT_EQ(describe(b.graph(), b.graph().value(y).producer), "Relu 'first'");
  EXPECT_EQ(describe(b.graph(), b.graph().value(z).producer), "Relu of 'Relu'");
}

}  // namespace
}  // namespace tenon::internal
