// What every fusing pass must hold: graphs stay valid, results equal, nothing is left for a second
// run.
#include "base/data_types.h"
#include "graph/executor.h"
#include "graph/split_region.h"
#include "graph/text.h"
#include "ops/region.h"
#include "passes/pass.h"
#include "testing/compare.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/random_graph.h"
#include "testing/random_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using testing::IsOk;
using testing::random_graph;
using testing::random_network;
using testing::random_network_inputs;
using testing::tensors_close;
using testing::tensors_identical;

constexpr uint64_t kNetworks = 400;
constexpr uint64_t kGraphs = 150;

// Passes that move nodes and leave every operation as it is.
bool is_exact(std::string_view pass) { return pass == "move-transposes" || pass == "fuse-regions"; }

std::vector<HostTensor> run(const Graph& graph, const std::vector<HostTensor>& inputs) {
  const std::unique_ptr<ThreadPool> pool = ThreadPool::create({}).value();
  auto results = execute(graph, inputs, *pool);
  EXPECT_THAT(results, IsOk());
  return results.ok() ? *std::move(results) : std::vector<HostTensor>();
}

// Relative to the largest element: roundings of large intermediate sums differ by more than an ulp
// of a small result.
double tolerance_for(const HostTensor& want) {
  double largest = 1;
  for (int64_t i = 0; i < want.elements(); ++i) {
    const double value = std::abs(element_as_double(want.view(), i));
    if (std::isfinite(value)) largest = std::max(largest, value);
  }
  return 4 * testing::default_tolerance(want.type()).absolute * largest;
}

void expect_same_results(const Graph& before, const Graph& after, bool exact, uint64_t seed) {
  const std::vector<HostTensor> inputs = random_network_inputs(before, seed);
  const std::vector<HostTensor> expected = run(before, inputs);
  const std::vector<HostTensor> results = run(after, inputs);
  ASSERT_EQ(results.size(), expected.size());
  for (size_t i = 0; i < results.size(); ++i) {
    const auto same = exact ? tensors_identical(results[i].view(), expected[i].view())
                            : tensors_close(results[i].view(), expected[i].view(),
                                            {tolerance_for(expected[i]), 0});
    ASSERT_TRUE(same) << "output " << i << "\n" << to_text(before) << to_text(after);
  }
}

// Runs the passes on a canonical graph, twice. Returns what became of it.
Graph expect_sound(const Graph& before, std::span<const Pass> passes, GraphLevel level, bool exact,
                   uint64_t seed) {
  Graph after = before;
  const Status ran = run_passes(after, passes, level);
  EXPECT_THAT(ran, IsOk()) << to_text(before);
  if (!ran.ok()) return after;
  EXPECT_THAT(verify(after, level), IsOk()) << to_text(before);
  const std::string text = to_text(after);
  EXPECT_THAT(run_passes(after, passes, level), IsOk());
  EXPECT_EQ(to_text(after), text) << "a second run found something";
  expect_same_results(before, after, exact, seed);
  return after;
}

Graph canonical(Graph graph) {
  EXPECT_THAT(run_passes(graph, canonical_passes(), GraphLevel::kCanonical), IsOk());
  return graph;
}

template <class Check>
void for_each_graph(const Check& check) {
  for (uint64_t seed = 0; seed < kNetworks + kGraphs; ++seed) {
    const bool is_network = seed < kNetworks;
    SCOPED_TRACE(fmt::format("{}({})", is_network ? "random_network" : "random_graph",
                             is_network ? seed : seed - kNetworks));
    check(canonical(is_network ? random_network(seed) : random_graph(seed - kNetworks)), seed);
    if (::testing::Test::HasFailure()) return;
  }
}

class EveryFusePass : public ::testing::TestWithParam<Pass> {};

TEST_P(EveryFusePass, AloneIsSoundOnRandomGraphs) {
  const Pass pass = GetParam();
  size_t changed = 0;
  for_each_graph([&](const Graph& before, uint64_t seed) {
    // A view that became idle is another pass's to drop.
    const Graph after =
        expect_sound(before, {&pass, 1}, GraphLevel::kImported, is_exact(pass.name), seed);
    if (!same_graph(before, after)) ++changed;
  });
  EXPECT_GT(changed, 20U) << "the graphs do not exercise the pass";
}

// The others are tested as canonical ones: here nothing is left for them alone.
std::vector<Pass> own_fuse_passes() {
  std::vector<Pass> own;
  for (const Pass& pass : fuse_passes()) {
    const auto canonical = canonical_passes();
    if (std::ranges::find(canonical, pass.name, &Pass::name) == canonical.end()) {
      own.push_back(pass);
    }
  }
  return own;
}

INSTANTIATE_TEST_SUITE_P(Fuse, EveryFusePass, ::testing::ValuesIn(own_fuse_passes()),
                         [](const auto& test) {
                           std::string name;
                           for (const char c : test.param.name) {
                             if (c != '-') name += c;
                           }
                           return name;
                         });

TEST(FusePasses, TogetherAreSoundOnRandomGraphs) {
  for_each_graph([](const Graph& before, uint64_t seed) {
    expect_sound(before, fuse_passes(), GraphLevel::kFused, /*exact=*/false, seed);
  });
}

// The weights of a normalization tell how many channels there are.
TEST(FusePasses, DropViewsOfChannelsThatWereOpen) {
  Graph graph = testing::graph_of_text(R"(graph "g" {
    input %x: f32[N,C,2]
    const %one: f32[4] = [1, 1, 1, 1]
    %b = BatchNormalization(%x, %one, %one, %one, %one)
    const %shape: i64[3] = [0, 4, 0]
    %y = Reshape(%b, %shape)
    output "y" = %y
  })");
  graph = canonical(std::move(graph));
  ASSERT_THAT(run_passes(graph, fuse_passes(), GraphLevel::kFused), IsOk());
  EXPECT_EQ(graph.order().size(), 1U) << to_text(graph);
}

// The split graph computes to the last bit what the fused one does.
TEST(FusePasses, MakeRegionsThatSplitIntoTheSame) {
  size_t splits = 0;
  for_each_graph([&](Graph graph, uint64_t seed) {
    ASSERT_THAT(run_passes(graph, fuse_passes(), GraphLevel::kFused), IsOk());
    Graph split = graph;
    for (size_t i = 0; i < split.order().size();) {
      const NodeId id = split.order()[i];
      if (split.node(id).op->name != kRegionName) {
        ++i;
        continue;
      }
      Result<Patch> patch = split_region(split, id);
      ASSERT_THAT(patch, IsOk());
      ASSERT_THAT(std::move(*patch).apply(split), IsOk());
      ++splits;
    }
    ASSERT_THAT(refresh_types(split), IsOk());
    ASSERT_THAT(verify(split, GraphLevel::kImported), IsOk());
    expect_same_results(graph, split, /*exact=*/true, seed);
  });
  EXPECT_GT(splits, 500U);
}

TEST(FusePasses, ShareNamesOnlyWithTheCanonicalOnesThatTheyRepeat) {
  std::set<std::string_view> names;
  for (const Pass& pass : fuse_passes()) {
    EXPECT_TRUE(names.insert(pass.name).second) << pass.name;
    EXPECT_TRUE(pass.doc.ends_with('.')) << pass.name;
    const auto canonical = canonical_passes();
    const auto same = std::ranges::find(canonical, pass.name, &Pass::name);
    if (same != canonical.end()) {
      EXPECT_EQ(same->rewrite, pass.rewrite) << pass.name;
    }
  }
}

}  // namespace
}  // namespace tenon::internal
