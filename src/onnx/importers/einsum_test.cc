#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

NodeCase einsum(const std::string& equation) {
  return NodeCase(12, "Einsum").attribute(onnx_string("equation", equation));
}

bool has_op(const NodeCase& node, std::string_view op) {
  const Graph graph = node.import().value();
  return std::ranges::any_of(graph.order(),
                             [&](NodeId id) { return graph.node(id).op->name == op; });
}

TEST(ImportEinsum, MakesMatrixProductsOfTwoOperands) {
  const NodeCase scores =
      einsum("bid,bjd->bji").operand({1, 2, 2}, {1, 2, 3, 4}).operand({1, 1, 2}, {1, 10});
  EXPECT_THAT(values(scores.run()), ElementsAre(21, 43));
  EXPECT_TRUE(has_op(scores, "MatMul"));
  EXPECT_FALSE(has_op(scores, "Einsum"));
}

TEST(ImportEinsum, JoinsAxesAndSumsThoseOfOneOperand) {
  const NodeCase joined =
      einsum("iab,abjk->j").operand({2, 1, 2}, {1, 2, 3, 4}).operand({1, 2, 2, 1}, {1, 2, 3, 4});
  EXPECT_THAT(values(joined.run()), ElementsAre(22, 32));
  EXPECT_TRUE(has_op(joined, "MatMul"));
  const NodeCase vectors = einsum("i,i").operand({2}, {1, 2}).operand({2}, {3, 4});
  const Tensor dot = vectors.run();
  EXPECT_TRUE(dot.shape.empty());
  EXPECT_THAT(values(dot), ElementsAre(11));
}

TEST(ImportEinsum, SumsAndReordersOneOperand) {
  const NodeCase one = einsum("ijk->ki").operand({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_THAT(values(one.run()), ElementsAre(4, 12, 6, 14));
  EXPECT_FALSE(has_op(one, "Einsum"));
}

TEST(ImportEinsum, LeavesTheRestToTheOp) {
  const auto stays = [](const NodeCase& node) { return has_op(node, "Einsum"); };
  EXPECT_TRUE(stays(einsum("ii->i").operand({2, 2}, {1, 2, 3, 4})));
  EXPECT_TRUE(stays(einsum("i,j->ij").operand({1}, {1}).operand({1}, {1})));
  EXPECT_TRUE(stays(einsum("i,i").operand({1}, {1}).operand({2}, {1, 2}))) << "it broadcasts";
  EXPECT_TRUE(stays(einsum("i,i,i").operand({1}, {1}).operand({1}, {1}).operand({1}, {1})));
  EXPECT_FALSE(einsum("ij").operand({2}, {1, 2}).import().ok());
}

}  // namespace
}  // namespace tenon::internal
