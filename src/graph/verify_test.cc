#include "graph/verify.h"

#include "ops/list.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace tenon::internal {

// Graph's own functions refuse to make what the verifier looks for.
struct GraphTestPeer {
  static Value& value(Graph& graph, ValueId id) { return graph.values_[id.index]; }
  static Node& node(Graph& graph, NodeId id) { return graph.nodes_[id.index]; }
  static std::vector<NodeId>& order(Graph& graph) { return graph.order_; }
  static std::vector<ValueId>& inputs(Graph& graph) { return graph.inputs_; }
  static std::vector<GraphOutput>& outputs(Graph& graph) { return graph.outputs_; }
};

namespace {

using testing::graph_of_text;
using testing::GraphBuilder;
using testing::IsError;
using testing::IsOk;
using Peer = GraphTestPeer;

class VerifyTest : public ::testing::Test {
 protected:
  VerifyTest() {
    x_ = b_.input("x", "f32[2]");
    c_ = b_.constant(DataType::kFloat32, {2}, {1, 2});
    y_ = b_.node("Add", {x_, c_}, {}, "add");
    z_ = b_.node("Relu", {y_}, {}, "relu");
    graph_ = b_.output("z", z_).take();
    EXPECT_THAT(verify(graph_, GraphLevel::kCanonical), IsOk());
  }

  void expect_broken(const std::string& text) const {
    EXPECT_THAT(verify(graph_, GraphLevel::kImported), IsError(ErrorKind::kInvalidArgument, text));
  }
  NodeId producer(ValueId id) const { return graph_.value(id).producer; }

  GraphBuilder b_;
  ValueId x_, c_, y_, z_;
  Graph graph_;
};

TEST_F(VerifyTest, FindsIdsOutOfRange) {
  Peer::node(graph_, producer(y_)).inputs[0] = {99};
  expect_broken("Add 'add' has operand id 99, which is no value");
  Peer::node(graph_, producer(y_)).inputs[0] = x_;
  Peer::node(graph_, producer(z_)).outputs[0] = {99};
  expect_broken("Relu 'relu' has output id 99");
  Peer::order(graph_).push_back({7});
  Peer::node(graph_, producer(z_)).outputs[0] = z_;
  expect_broken("holds id 7, which is no node");
}

TEST_F(VerifyTest, FindsNodesOutOfOrder) {
  std::swap(Peer::order(graph_)[0], Peer::order(graph_)[1]);
  expect_broken("Relu 'relu' uses \"add\", which is not computed before it");
}

TEST_F(VerifyTest, FindsANodeThatRunsTwice) {
  Peer::order(graph_).push_back(producer(y_));
  expect_broken("Add 'add' stands twice");
}

TEST_F(VerifyTest, FindsTwoProducersOfAValue) {
  Peer::node(graph_, producer(z_)).outputs[0] = y_;
  expect_broken("Relu 'relu' is not the only producer of \"add\"");
}

TEST_F(VerifyTest, FindsNamesThatAreNotUnique) {
  Peer::value(graph_, y_).name = "x";
  expect_broken("the name \"x\" leads to another value");
}

TEST_F(VerifyTest, FindsTypesThatInferenceDoesNotGive) {
  Peer::value(graph_, z_).info.shape = {3};
  expect_broken("Relu 'relu' computes \"relu\" of type f32[2], but f32[3] is stated");
}

TEST_F(VerifyTest, FindsNodesThatDoNotInfer) {
  Peer::node(graph_, producer(y_)).inputs.pop_back();
  expect_broken("Add 'add' does not infer");
}

TEST_F(VerifyTest, FindsAWrongNumberOfOutputs) {
  Peer::node(graph_, producer(z_)).outputs.clear();
  expect_broken("has 0 outputs, but the op computes 1");
}

TEST_F(VerifyTest, FindsConstantsThatStateAnotherType) {
  Peer::value(graph_, c_).info.type = DataType::kInt32;
  expect_broken("does not have the type it states (i32[2])");
}

TEST_F(VerifyTest, FindsInputsThatAreSomethingElse) {
  Peer::inputs(graph_).push_back(x_);
  expect_broken("input \"x\" is listed twice");
  Peer::inputs(graph_).back() = c_;
  expect_broken("is also computed or constant");
  Peer::inputs(graph_).back() = {99};
  expect_broken("input id 99 is no value");
}

TEST_F(VerifyTest, FindsMissingOutputs) {
  Peer::outputs(graph_)[0].value = {99};
  expect_broken("output \"z\" is not computed");
  Peer::outputs(graph_).clear();
  expect_broken("the graph has no output");
}

TEST(VerifyCanonical, ListsAllOperandsThatAreNotKnownBeforeTheRun) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[4,6]");
  const ValueId axes = b.input("axes", "i64[2]");
  const ValueId first = b.node("Reshape", {x, b.ints({6, 4})}, {}, "first");
  const ValueId second = b.node("Reshape", {x, b.ints({2, 12})}, {}, "second");
  b.output("y", first);
  Graph graph = b.output("z", second).take();
  for (const ValueId value : {first, second}) {
    Peer::node(graph, graph.value(value).producer).inputs[1] = axes;
  }
  const Status checked = check_host_operands(graph, graph.order());
  EXPECT_THAT(checked, IsError(ErrorKind::kUnsupported,
                               "Reshape 'first': its operand 1 (\"axes\") is computed from data"));
  EXPECT_THAT(checked, IsError(ErrorKind::kUnsupported, "Reshape 'second': its operand 1"));
  EXPECT_EQ(checked.error().node(), "first");
}

TEST(VerifyCanonical, FindsDeadNodes) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[2]
    %y = Relu(%x)
    %dead = Neg(%y) as "d"
    output "y" = %y
  })");
  EXPECT_THAT(verify(graph, GraphLevel::kImported), IsOk());
  EXPECT_THAT(verify(graph, GraphLevel::kCanonical),
              IsError(ErrorKind::kInvalidArgument, "Neg 'd' is dead"));
}

TEST(VerifyCanonical, FindsViewsThatChangeNothing) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[2,N]
    %y = Flatten(%x) {axis=1} as "f"
    output "y" = %y
  })");
  EXPECT_THAT(verify(graph, GraphLevel::kImported), IsOk());
  EXPECT_THAT(verify(graph, GraphLevel::kCanonical),
              IsError(ErrorKind::kInvalidArgument, "Flatten 'f' changes nothing"));
}

TEST(VerifyFused, FindsTransposesOfTransposes) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[2,3,4]
    %a = Transpose(%x) {perm=[0,2,1]} as "a"
    %b = Transpose(%a) {perm=[1,0,2]} as "b"
    output "y" = %b
  })");
  EXPECT_THAT(verify(graph, GraphLevel::kCanonical), IsOk());
  EXPECT_THAT(verify(graph, GraphLevel::kFused),
              IsError(ErrorKind::kInvalidArgument,
                      "Transpose 'b' transposes what Transpose 'a' has transposed"));
}

TEST(VerifyFused, FindsProgramsThatAreTooLarge) {
  // Neg over and over.
  const auto graph_of = [](size_t instructions) {
    std::string body;
    for (size_t i = 1; i <= instructions; ++i) {
      body += fmt::format("{}%{}: f32 = Neg(%{})", i == 1 ? "" : "; ", i, i - 1);
    }
    return graph_of_text(fmt::format(R"(graph "g" {{
      input %x: f32[2]
      %y = Region(%x) {{after="(%0: f32) {{ {} }} -> %{}"}} as "r"
      output "y" = %y
    }})",
                                     body, instructions));
  };
  EXPECT_THAT(verify(graph_of(32), GraphLevel::kFused), IsOk());
  EXPECT_THAT(verify(graph_of(33), GraphLevel::kCanonical), IsOk());
  EXPECT_THAT(verify(graph_of(33), GraphLevel::kFused),
              IsError(ErrorKind::kInvalidArgument,
                      "Region 'r' has a program of 33 instructions and 1 input"));
}

}  // namespace
}  // namespace tenon::internal
