#include "graph/executor.h"
#include "graph/text.h"
#include "ops/extents.h"
#include "passes/pass.h"
#include "testing/compare.h"
#include "testing/matchers.h"
#include "testing/random_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tenon::internal {
namespace {

using testing::IsOk;
using testing::random_graph;
using testing::random_inputs;
using testing::tensors_identical;

constexpr uint64_t kSeeds = 150;

std::vector<HostTensor> run(const Graph& graph, const std::vector<HostTensor>& inputs) {
  const std::unique_ptr<ThreadPool> pool = ThreadPool::create({}).value();
  auto results = execute(graph, inputs, *pool);
  EXPECT_THAT(results, IsOk());
  return results.ok() ? *std::move(results) : std::vector<HostTensor>();
}

// Inputs and outputs of a graph as its user sees them.
std::string interface_text(const Graph& graph) {
  std::string text = graph.name();
  for (const ValueId id : graph.inputs()) {
    text += fmt::format("\n{}: {}", graph.value(id).name, to_string(graph.value(id).info));
  }
  for (const GraphOutput& output : graph.outputs()) {
    text += fmt::format("\n{}: {}", output.name, to_string(graph.value(output.value).info));
  }
  return text;
}

// Dims nodes take the place of what was known without a node.
size_t computing_nodes(const Graph& graph) {
  size_t count = 0;
  for (const NodeId id : graph.order()) {
    if (graph.node(id).op->name != "Dims") ++count;
    for (const auto& body : graph.node(id).bodies) count += computing_nodes(*body);
  }
  return count;
}

// The passes change no result and nothing that a user sees, and find nothing when run again.
void expect_sound(std::span<const Pass> passes, GraphLevel level, uint64_t seed) {
  SCOPED_TRACE(fmt::format("random_graph({})", seed));
  const Graph before = random_graph(seed);
  Graph after = before;
  ASSERT_THAT(run_passes(after, passes, level), IsOk()) << to_text(before);
  ASSERT_THAT(verify(after, level), IsOk()) << to_text(before);
  EXPECT_EQ(interface_text(after), interface_text(before));
  EXPECT_LE(computing_nodes(after), computing_nodes(before));

  const std::string text = to_text(after);
  ASSERT_THAT(run_passes(after, passes, level), IsOk());
  EXPECT_EQ(to_text(after), text) << "a second run found something";

  for (uint64_t round = 0; round < 2; ++round) {
    const std::vector<HostTensor> inputs = random_inputs(before, seed * 2 + round);
    const std::vector<HostTensor> expected = run(before, inputs);
    const std::vector<HostTensor> results = run(after, inputs);
    ASSERT_EQ(results.size(), expected.size());
    for (size_t i = 0; i < results.size(); ++i) {
      ASSERT_TRUE(tensors_identical(results[i].view(), expected[i].view()))
          << "output " << i << "\n"
          << to_text(before) << text;
    }
  }
}

class EveryPass : public ::testing::TestWithParam<Pass> {};

TEST_P(EveryPass, AloneIsSoundOnRandomGraphs) {
  const Pass pass = GetParam();
  for (uint64_t seed = 0; seed < kSeeds && !HasFatalFailure(); ++seed) {
    expect_sound({&pass, 1}, GraphLevel::kImported, seed);
  }
}

INSTANTIATE_TEST_SUITE_P(Canonical, EveryPass,
                         ::testing::ValuesIn(canonical_passes().begin(), canonical_passes().end()),
                         [](const auto& test) {
                           std::string name;
                           for (const char c : test.param.name) {
                             if (c != '-') name += c;
                           }
                           return name;
                         });

TEST(Pipeline, IsSoundOnRandomGraphs) {
  for (uint64_t seed = 0; seed < kSeeds && !HasFatalFailure(); ++seed) {
    expect_sound(canonical_passes(), GraphLevel::kCanonical, seed);
  }
}

TEST(Pipeline, LeavesNothingToFold) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(fmt::format("random_graph({})", seed));
    Graph graph = random_graph(seed);
    ASSERT_THAT(run_passes(graph, canonical_passes(), GraphLevel::kCanonical), IsOk());
    for (const NodeId id : graph.order()) {
      const Node& node = graph.node(id);
      // What lies otherwise than constants do is left, and what extents stand on.
      const bool plain = graph.value(node.outputs[0]).info.layout == Layout::kPlain;
      bool all_constant = plain && !has_stem(*node.op) && !node.inputs.empty();
      for (const ValueId operand : node.inputs) {
        all_constant = all_constant && (!operand.valid() || graph.value(operand).constant);
      }
      EXPECT_FALSE(all_constant) << describe(graph, id);
      EXPECT_TRUE(node.op->name == "Dims" || !graph.value(node.outputs[0]).info.elements)
          << describe(graph, id);
    }
  }
}

TEST(Pipeline, NamesItsPassesOnceAndDescribesThem) {
  std::set<std::string_view> names;
  for (const Pass& pass : canonical_passes()) {
    EXPECT_TRUE(names.insert(pass.name).second) << pass.name;
    EXPECT_TRUE(pass.doc.ends_with('.')) << pass.name;
  }
}

}  // namespace
}  // namespace tenon::internal
