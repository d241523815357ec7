#include "graph/patch.h"

#include "graph/text.h"
#include "graph/verify.h"
#include "ops/list.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <string>

namespace tenon::internal {
namespace {

using testing::graph_of_text;
using testing::GraphBuilder;
using testing::IsError;
using testing::IsOk;

// x -> a -> b -> output y
class PatchTest : public ::testing::Test {
 protected:
  PatchTest() {
    x_ = b_.input("x", "f32[N,3]");
    first_ = b_.node("Relu", {x_}, {}, "a");
    second_ = b_.node("Neg", {first_}, {}, "b");
    graph_ = b_.output("y", second_).take();
    before_ = to_text(graph_);
  }

  NodeId producer(ValueId id) const { return graph_.value(id).producer; }

  void expect_refused(Patch patch, const std::string& text) {
    EXPECT_THAT(std::move(patch).apply(graph_), IsError(ErrorKind::kInvalidArgument, text));
    EXPECT_EQ(to_text(graph_), before_);
    EXPECT_THAT(verify(graph_, GraphLevel::kImported), IsOk());
  }

  GraphBuilder b_;
  ValueId x_;
  ValueId first_;
  ValueId second_;
  Graph graph_;
  std::string before_;
};

TEST_F(PatchTest, ReplacesANodeAndKeepsTheNameOfItsValue) {
  Patch patch(graph_);
  const auto tanh = patch.add_node(producer(first_), *find_op("Tanh"), {}, {x_}, "t");
  ASSERT_THAT(tanh, IsOk());
  EXPECT_EQ(to_string(patch.info(tanh->front())), "f32[N,3]");
  patch.replace(first_, tanh->front());
  patch.remove(producer(first_));
  EXPECT_EQ(patch.rewrites(), 2);
  ASSERT_THAT(std::move(patch).apply(graph_), IsOk());
  EXPECT_THAT(verify(graph_, GraphLevel::kCanonical), IsOk());
  EXPECT_EQ(to_text(graph_), R"(graph "test" {
  input %x: f32[N,3]
  %a: f32[N,3] = Tanh(%x) as "t"
  %b: f32[N,3] = Neg(%a) as "b"
  output "y" = %b
}
)");
}

TEST_F(PatchTest, ReplacesOutputsOfTheGraphAndFollowsChains) {
  Patch patch(graph_);
  patch.replace(second_, first_);
  patch.replace(first_, x_);
  patch.remove(producer(second_));
  patch.remove(producer(first_));
  ASSERT_THAT(std::move(patch).apply(graph_), IsOk());
  EXPECT_EQ(graph_.outputs()[0].value, x_);
  EXPECT_EQ(graph_.outputs()[0].name, "y");
  EXPECT_TRUE(graph_.order().empty());
  EXPECT_FALSE(graph_.find_value("a").valid());
}

TEST_F(PatchTest, NewNodesGetUnusedNames) {
  Patch patch(graph_);
  const auto one = patch.add_node(producer(second_), *find_op("Relu"), {}, {first_}, "a");
  const auto two = patch.add_node(producer(second_), *find_op("Relu"), {}, {one->front()}, "a");
  patch.replace(second_, two->front());
  ASSERT_THAT(std::move(patch).apply(graph_), IsOk());
  EXPECT_EQ(graph_.value(one->front()).name, "a_1");
  EXPECT_EQ(graph_.value(two->front()).name, "a_2");
  EXPECT_EQ(graph_.outputs()[0].value, two->front());
  EXPECT_THAT(verify(graph_, GraphLevel::kImported), IsOk());
}

TEST_F(PatchTest, RemovesConstantsWithoutAUse) {
  Patch patch(graph_);
  const ValueId unused = patch.add_constant(HostTensor::of_int64({}, {{1}}).value(), "c");
  patch.replace(second_, first_);
  patch.remove(producer(second_));
  ASSERT_THAT(std::move(patch).apply(graph_), IsOk());
  EXPECT_FALSE(graph_.find_value("c").valid());
  EXPECT_TRUE(graph_.value(unused).name.empty());
}

TEST_F(PatchTest, RefusesToRemoveWhatIsUsed) {
  Patch patch(graph_);
  patch.remove(producer(first_));
  expect_refused(std::move(patch), "Neg 'b' uses value \"a\", which is removed");
  Patch output(graph_);
  output.remove(producer(second_));
  expect_refused(std::move(output), "output \"y\" uses value \"b\", which is removed");
}

TEST_F(PatchTest, RefusesCyclesAndUsesBeforeTheirValue) {
  Patch cycle(graph_);
  cycle.replace(first_, second_);
  cycle.replace(second_, first_);
  expect_refused(std::move(cycle), "form a cycle");
  Patch late(graph_);
  late.replace(first_, second_);
  expect_refused(std::move(late), "Neg 'b' uses value \"b\", which is computed after it");
}

TEST_F(PatchTest, RefusesTwoReplacementsAndOtherTypes) {
  Patch twice(graph_);
  twice.replace(second_, first_);
  twice.replace(second_, x_);
  expect_refused(std::move(twice), "replaced twice");
  Patch other(graph_);
  other.replace(second_,
                other.add_constant(HostTensor::of_int64({1, 3}, {{1, 2, 3}}).value(), "c"));
  expect_refused(std::move(other), "of type f32[N,3] cannot be replaced by one of type i64[1,3]");
}

TEST_F(PatchTest, NamesANewNodeThatDoesNotInfer) {
  Patch patch(graph_);
  const auto added = patch.add_node(producer(second_), *find_op("Not"), {}, {first_}, "wrong");
  EXPECT_THAT(added, IsError(ErrorKind::kInvalidArgument, "at a new Not 'wrong'"));
  EXPECT_EQ(patch.rewrites(), 0);
}

TEST(RefreshTypes, LetsWhatIsBetterKnownFlowOn) {
  Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[N,4]
    input %s: f32[2,4]
    %y = Relu(%x)
    %shape = Shape(%y)
    %z = Neg(%y)
    output "z" = %z
    output "shape" = %shape
  })");
  Patch patch(graph);
  patch.replace(graph.find_value("x"), graph.find_value("s"));
  ASSERT_THAT(std::move(patch).apply(graph), IsOk());
  EXPECT_THAT(verify(graph, GraphLevel::kImported), IsError(ErrorKind::kInvalidArgument, "stated"));
  ASSERT_THAT(refresh_types(graph), IsOk());
  EXPECT_THAT(verify(graph, GraphLevel::kImported), IsOk());
  EXPECT_EQ(to_string(graph.value(graph.find_value("z")).info), "f32[2,4]");
  EXPECT_EQ(*graph.value(graph.find_value("shape")).info.elements, (std::vector<Dim>{2, 4}));
}

TEST(RefreshTypes, NamesTheNodeThatNoLongerInfers) {
  Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[N,4]
    input %w: f32[3,4]
    input %s: f32[2,4]
    %y = Add(%x, %w) as "sum"
    output "y" = %y
  })");
  Patch patch(graph);
  patch.replace(graph.find_value("x"), graph.find_value("s"));
  ASSERT_THAT(std::move(patch).apply(graph), IsOk());
  const Status refreshed = refresh_types(graph);
  EXPECT_THAT(refreshed, IsError(ErrorKind::kInvalidArgument, "at Add 'sum'"));
  EXPECT_EQ(refreshed.error().node(), "sum");
}

}  // namespace
}  // namespace tenon::internal
