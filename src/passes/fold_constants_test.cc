#include "passes/fold_constants.h"

#include "graph/text.h"
#include "passes/pass.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/pass_golden.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using testing::GraphBuilder;
using testing::IsOk;

TEST(FoldConstants, DoesWhatItsGoldenSays) { testing::check_pass_golden("fold-constants"); }

// Of an Expand of one f32 to `elements`.
int rewrites_of_expand(int64_t elements) {
  GraphBuilder b;
  const ValueId one = b.constant(DataType::kFloat32, {1}, {1});
  const Graph graph = b.output("y", b.node("Expand", {one, b.ints({elements})})).take();
  const auto patch = fold_constants(graph);
  EXPECT_THAT(patch, IsOk());
  return patch.ok() ? patch->rewrites() : -1;
}

TEST(FoldConstants, LeavesResultsThatBlowTheModelUp) {
  constexpr int64_t kLimit = (int64_t{16} << 20) / 4;
  EXPECT_GT(rewrites_of_expand(kLimit), 0);
  EXPECT_EQ(rewrites_of_expand(kLimit + 1), 0);
}

// Of the constants that a canonical graph uses.
int64_t constant_bytes(const Graph& graph) {
  int64_t sum = 0;
  for (const ValueId id : graph.used_constants()) {
    sum += static_cast<int64_t>(graph.value(id).constant->bytes().size());
  }
  return sum;
}

TEST(FoldConstants, KeepsTheModelSmallHoweverManyNodesThereAre) {
  constexpr int64_t kLimit = (int64_t{16} << 20) + 1000;
  GraphBuilder many;
  const ValueId one = many.constant(DataType::kFloat32, {1}, {1});
  for (int i = 0; i < 10; ++i) {
    const ValueId wide = many.node("Expand", {one, many.ints({int64_t{1} << 20})});
    many.output(std::to_string(i), wide);
  }
  Graph apart = many.take();
  ASSERT_THAT(run_passes(apart, canonical_passes(), GraphLevel::kCanonical), IsOk());
  EXPECT_LE(constant_bytes(apart), kLimit);

  GraphBuilder doubled;
  ValueId value = doubled.constant(DataType::kFloat32, {4}, {1, 2, 3, 4});
  for (int i = 0; i < 24; ++i) {
    value = doubled.node("Concat", {value, value}, {{"axis", int64_t{0}}});
  }
  Graph chain = doubled.output("y", value).take();
  ASSERT_THAT(run_passes(chain, canonical_passes(), GraphLevel::kCanonical), IsOk());
  EXPECT_LE(constant_bytes(chain), kLimit);
}

TEST(FoldConstants, CountsOnlyWhatIsStillUsed) {
  GraphBuilder b;
  ValueId value = b.constant(DataType::kFloat32, {1}, {1});
  value = b.node("Expand", {value, b.ints({int64_t{1} << 20})});
  for (int i = 0; i < 10; ++i) value = b.node("Neg", {value});
  Graph graph = b.output("y", value).take();
  ASSERT_THAT(run_passes(graph, canonical_passes(), GraphLevel::kCanonical), IsOk());
  EXPECT_TRUE(graph.order().empty());
}

TEST(FoldConstants, FoldsLargeConstantsThatDoNotGrow) {
  GraphBuilder b;
  const HostTensor large = HostTensor::make(DataType::kFloat32, {5 << 20}).value();
  const ValueId halves = b.node("Cast", {b.constant(large)}, {{"to", "f16"}});
  Graph graph = b.output("y", halves).take();
  Patch patch = fold_constants(graph).value();
  EXPECT_GT(patch.rewrites(), 0);
  ASSERT_THAT(std::move(patch).apply(graph), IsOk());
  // The operand is not kept beside the result.
  EXPECT_EQ(graph.compacted().value_capacity(), 1U);
  EXPECT_EQ(graph.used_constants().size(), 1U);
}

TEST(FoldConstants, LeavesResultsThatDoNotLiePlainly) {
  GraphBuilder b;
  const ValueId plain = b.constant(DataType::kFloat32, {1, 2, 1, 2}, {1, 2, 3, 4});
  const ValueId last = b.node("Reformat", {plain}, {{"to", "channels_last"}});
  const auto patch = fold_constants(b.output("y", last).take());
  ASSERT_THAT(patch, IsOk());
  EXPECT_EQ(patch->rewrites(), 0);
}

TEST(FoldConstants, LeavesANodeWhoseEvaluationFails) {
  GraphBuilder b;
  const ValueId data = b.constant(DataType::kFloat32, {2}, {1, 2});
  // Too many for inference to look at each.
  std::vector<int64_t> indices(kMaxKnownElements + 1);
  indices.back() = 7;
  const ValueId positions =
      b.constant(HostTensor::of_int64({std::ssize(indices)}, indices).value());
  const Graph graph = b.output("y", b.node("Gather", {data, positions})).take();
  const auto patch = fold_constants(graph);
  ASSERT_THAT(patch, IsOk());
  EXPECT_EQ(patch->rewrites(), 0);
}

}  // namespace
}  // namespace tenon::internal
