#include "onnx/sort_nodes.h"

#include "testing/matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

NodeProto node(std::string_view name, std::vector<std::string_view> inputs,
               std::vector<std::string_view> outputs) {
  NodeProto proto;
  proto.name = name;
  proto.op_type = "Op";
  proto.inputs = std::move(inputs);
  proto.outputs = std::move(outputs);
  return proto;
}

TEST(TopologicalOrder, KeepsTheOrderOfSortedNodes) {
  const std::vector<NodeProto> nodes = {node("a", {"x"}, {"1"}), node("b", {"x"}, {"2"}),
                                        node("c", {"1", "", "2"}, {"3", ""})};
  EXPECT_THAT(topological_order(nodes, {"x"}), IsOkAndHolds(ElementsAre(0, 1, 2)));
}

TEST(TopologicalOrder, SortsTheOthers) {
  const std::vector<NodeProto> nodes = {node("c", {"1", "2"}, {"3"}), node("b", {"1"}, {"2"}),
                                        node("a", {"x", "x"}, {"1"}), node("d", {}, {"4"})};
  EXPECT_THAT(topological_order(nodes, {"x"}), IsOkAndHolds(ElementsAre(2, 1, 0, 3)));
}

TEST(TopologicalOrder, NamesTheNodesOfACycle) {
  const std::vector<NodeProto> nodes = {node("before", {"x"}, {"0"}), node("a", {"0", "2"}, {"1"}),
                                        node("b", {"1"}, {"2"}), node("behind", {"2"}, {"3"})};
  EXPECT_THAT(topological_order(nodes, {"x"}),
              IsError(ErrorKind::kCorruptData, "the graph has a cycle: Op 'b' -> Op 'a'"));
  const std::vector<NodeProto> own = {node("a", {"1"}, {"1"})};
  EXPECT_THAT(topological_order(own, {}), IsError(ErrorKind::kCorruptData, "cycle: Op 'a'"));
}

TEST(TopologicalOrder, NamesWhatNobodyComputes) {
  const std::vector<NodeProto> nodes = {node("a", {"x", "lost"}, {"1"})};
  EXPECT_THAT(topological_order(nodes, {"x"}),
              IsError(ErrorKind::kCorruptData, "Op 'a' reads 'lost'"));
}

TEST(TopologicalOrder, RefusesValuesThatAreComputedTwice) {
  const std::vector<NodeProto> twice = {node("a", {}, {"1"}), node("b", {}, {"1"})};
  EXPECT_THAT(topological_order(twice, {}),
              IsError(ErrorKind::kCorruptData, "Op 'a' and Op 'b' both compute '1'"));
  const std::vector<NodeProto> given = {node("a", {}, {"x"})};
  EXPECT_THAT(topological_order(given, {"x"}), IsError(ErrorKind::kCorruptData, "computes 'x'"));
}

}  // namespace
}  // namespace tenon::internal
