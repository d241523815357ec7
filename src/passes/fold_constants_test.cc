#include "passes/fold_constants.h"

#include "graph/text.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/pass_golden.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <iterator>
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
