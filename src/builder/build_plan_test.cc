#include "builder/build_plan.h"

#include "graph/executor.h"
#include "passes/pass.h"
#include "testing/compare.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/plan_runner.h"
#include "testing/random_graph.h"
#include "testing/random_network.h"

#include <gtest/gtest.h>

#include <random>

namespace tenon::internal {
namespace {

using testing::GraphBuilder;
using testing::IsError;
using testing::IsOk;
using testing::open_test_device;
using testing::plan_of;
using testing::random_graph;
using testing::random_network;
using testing::random_network_inputs;
using testing::run_graph;
using testing::tensors_close;
using testing::Tolerance;

// A small network with an open dim: y = Relu(x + w) over x: f32[N,3].
Graph small_network() {
  GraphBuilder b("small");
  const ValueId x = b.input("x", "f32[N,3]");
  const ValueId w = b.constant(DataType::kFloat32, {3}, {1, 2, 3});
  return b.output("y", b.node("Relu", {b.node("Add", {x, w}, {}, "sum")}, {}, "relu")).take();
}

// On devices with tactics of their own and without.
void expect_plan_computes(const Graph& graph, uint64_t seed, Tolerance tolerance) {
  const auto pool = ThreadPool::create({}).value();
  const std::vector<HostTensor> inputs = random_network_inputs(graph, seed);
  const Result<std::vector<HostTensor>> want = execute(graph, inputs, *pool);
  ASSERT_THAT(want, IsOk());
  for (const char* device : {"cpu:threads=3", "null"}) {
    SCOPED_TRACE(device);
    const Result<std::vector<HostTensor>> got = run_graph(graph, device, inputs);
    ASSERT_THAT(got, IsOk());
    ASSERT_EQ(got->size(), want->size());
    for (size_t i = 0; i < got->size(); ++i) {
      // Tactics add up in another order and precision than references.
      EXPECT_TRUE(tensors_close((*got)[i].view(), (*want)[i].view(), tolerance));
    }
  }
}

TEST(BuildPlan, OfARandomGraphComputesWhatTheGraphDoes) {
  const uint64_t base = std::random_device()();
  for (uint64_t seed = base; seed < base + 25; ++seed) {
    SCOPED_TRACE(seed);
    expect_plan_computes(random_graph(seed), seed, {1e-4, 1e-4});
  }
}

TEST(BuildPlan, OfARandomNetworkComputesWhatTheGraphDoes) {
  const uint64_t base = std::random_device()();
  for (uint64_t seed = base; seed < base + 40; ++seed) {
    SCOPED_TRACE(seed);
    expect_plan_computes(random_network(seed), seed, {1e-3, 1e-3});
  }
}

TEST(BuildPlan, GivesTheSameBytesForTheSameInput) {
  const auto device = open_test_device("cpu");
  const auto other_threads = open_test_device("cpu:threads=3");
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const Graph graph = random_graph(seed);
    const Result<std::vector<std::byte>> plan = plan_of(graph, *device);
    ASSERT_THAT(plan, IsOk());
    EXPECT_EQ(*plan_of(graph, *device), *plan);
    EXPECT_EQ(*plan_of(graph, *other_threads), *plan);
  }
}

TEST(BuildPlan, StoresEqualConstantsOnce) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[N,3]");
  const ValueId w1 = b.constant(DataType::kFloat32, {3}, {1, 2, 3});
  const ValueId w2 = b.constant(DataType::kFloat32, {1, 3}, {1, 2, 3});
  const Graph graph = b.output("y", b.node("Mul", {b.node("Add", {x, w1}), w2})).take();
  const Result<std::vector<std::byte>> plan = plan_of(graph, *open_test_device("cpu"));
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(read_plan(*plan)->plan.weights.size(), 1U);
}

TEST(BuildPlan, RefusesProfilesThatDoNotFit) {
  const auto device = open_test_device("cpu");
  const auto with = [&](ShapeRange range, const std::string& input = "x") {
    return plan_of(small_network(), *device, {.profiles = {{.inputs = {{input, range}}}}});
  };
  EXPECT_THAT(with({.min = {1, 3}, .opt = {2, 3}, .max = {4, 3}}), IsOk());
  EXPECT_THAT(with({.min = {1, 3}, .opt = {2, 3}, .max = {4, 3}}, "z"),
              IsError(ErrorKind::kNotFound, "'z'"));
  EXPECT_THAT(with({.min = {1}, .opt = {}, .max = {}}),
              IsError(ErrorKind::kInvalidArgument, "'x'"));
  EXPECT_THAT(with({.min = {5, 3}, .opt = {2, 3}, .max = {4, 3}}),
              IsError(ErrorKind::kInvalidArgument, "min 5, opt 2, max 4"));
  EXPECT_THAT(with({.min = {1, 4}, .opt = {1, 4}, .max = {1, 4}}),
              IsError(ErrorKind::kInvalidArgument, "axis 1"));
  EXPECT_THAT(plan_of(small_network(), *device, {.profiles = {{}, {}}}),
              IsError(ErrorKind::kUnsupported, "2 profiles"));
}

TEST(BuildPlan, RefusesInputsWhoseDimsFollowFromNoShape) {
  GraphBuilder b("open");
  const Graph graph = b.output("y", b.node("Relu", {b.input("x", "f32[2*N+1]")})).take();
  EXPECT_THAT(plan_of(graph, *open_test_device("cpu")),
              IsError(ErrorKind::kInvalidArgument, "input 'x' has the dim 2*N + 1"));
}

TEST(BuildPlan, NamesInputsWhoseOptimumIsAGuess) {
  const auto device = open_test_device("cpu");
  const auto guesses = [&](const BuildSettings& settings) {
    return build_plan(small_network(), *device, settings,
                      [](std::span<const std::byte>) { return Status(); })
        .value()
        .guessed_inputs;
  };
  EXPECT_EQ(guesses({}), std::vector<std::string>{"x"});
  EXPECT_TRUE(
      guesses({.profiles = {{.inputs = {{"x", {.min = {}, .opt = {8, 3}, .max = {}}}}}}}).empty());
}

TEST(BuildPlan, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  EXPECT_THAT(plan_of(small_network(), *open_test_device("cpu"), {.stop = source.get_token()}),
              IsError(ErrorKind::kCancelled, ""));
}

TEST(BuildPlan, RunsWithoutAnyPass) {
  BuildSettings settings;
  for (const Pass& pass : canonical_passes()) settings.disabled_passes.emplace_back(pass.name);
  for (const Pass& pass : fuse_passes()) settings.disabled_passes.emplace_back(pass.name);
  const auto pool = ThreadPool::create({}).value();
  for (uint64_t seed = 100; seed < 110; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = random_graph(seed);
    const std::vector<HostTensor> inputs = random_network_inputs(graph, seed);
    const Result<std::vector<HostTensor>> want = execute(graph, inputs, *pool);
    const Result<std::vector<HostTensor>> got = run_graph(graph, "null", inputs, settings);
    ASSERT_THAT(got, IsOk());
    for (size_t i = 0; i < got->size(); ++i) {
      EXPECT_TRUE(tensors_close((*got)[i].view(), (*want)[i].view()));
    }
  }
}

}  // namespace
}  // namespace tenon::internal
