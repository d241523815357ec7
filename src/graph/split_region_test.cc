#include "graph/split_region.h"

#include "graph/executor.h"
#include "graph/text.h"
#include "graph/verify.h"
#include "ops/list.h"
#include "ops/region.h"
#include "testing/compare.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/op_cases.h"
#include "testing/random_graph.h"
#include "testing/random_program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using testing::graph_of_text;
using testing::IsOk;
using testing::tensors_identical;

NodeId first_region(const Graph& graph) {
  const auto found = std::ranges::find_if(
      graph.order(), [&](NodeId id) { return graph.node(id).op->name == kRegionName; });
  return found == graph.order().end() ? NodeId{} : *found;
}

void split_first(Graph& graph) {
  Result<Patch> patch = split_region(graph, first_region(graph));
  ASSERT_THAT(patch, IsOk());
  ASSERT_THAT(std::move(*patch).apply(graph), IsOk());
  ASSERT_THAT(refresh_types(graph), IsOk());
  ASSERT_THAT(verify(graph, GraphLevel::kImported), IsOk());
}

std::vector<HostTensor> run(const Graph& graph, const std::vector<HostTensor>& inputs) {
  const std::unique_ptr<ThreadPool> pool = ThreadPool::create({}).value();
  auto results = execute(graph, inputs, *pool);
  EXPECT_THAT(results, IsOk());
  return results.ok() ? *std::move(results) : std::vector<HostTensor>();
}

// Splits regions until there is none, and compares the results after each step. Returns how many
// there were.
size_t expect_same_results(Graph graph, const std::vector<HostTensor>& inputs) {
  const std::string before = to_text(graph);
  const std::vector<HostTensor> expected = run(graph, inputs);
  size_t splits = 0;
  for (; first_region(graph).valid(); ++splits) {
    split_first(graph);
    if (::testing::Test::HasFatalFailure()) return splits;
    const std::vector<HostTensor> results = run(graph, inputs);
    EXPECT_EQ(results.size(), expected.size());
    for (size_t i = 0; i < results.size(); ++i) {
      EXPECT_TRUE(tensors_identical(results[i].view(), expected[i].view()))
          << before << to_text(graph);
    }
  }
  return splits;
}

std::string split_text(std::string_view text) {
  Graph graph = graph_of_text(text);
  split_first(graph);
  return to_text(graph);
}

TEST(SplitRegion, MakesViewsAnchorAndProgramsNodes) {
  EXPECT_EQ(split_text(R"(graph "g" {
  input %a: f32[N,5,3,8]
  input %b: f32[N,6,3,8]
  input %scale: f32[]
  input %mask: f32[N,1,1,6]
  %y = Region(%a, %b, %scale, %mask) {anchor="MatMul", views=["{perm=[0,2,1,3]}","{perm=[0,2,3,1]}","",""], after="(%0: f32, %1: f32, %2: f32) { %3: f32 = Mul(%0, %1); %4: f32 = Add(%3, %2) } -> %4"} as "scores"
  output "y" = %y
})"),
            R"(graph "g" {
  input %a: f32[N,5,3,8]
  input %b: f32[N,6,3,8]
  input %scale: f32[]
  input %mask: f32[N,1,1,6]
  %scores: f32[N,3,5,8] = Transpose(%a) {perm=[0,2,1,3]} as "scores"
  %scores_1: f32[N,3,8,6] = Transpose(%b) {perm=[0,2,3,1]} as "scores"
  %scores_2: f32[N,3,5,6] = MatMul(%scores, %scores_1) as "scores"
  %y: f32[N,3,5,6] = Region(%scores_2, %scale, %mask) {after="(%0: f32, %1: f32, %2: f32) { %3: f32 = Mul(%0, %1); %4: f32 = Add(%3, %2) } -> %4", anchor="", before=[], views=[]} as "scores"
  output "y" = %y
}
)");
}

TEST(SplitRegion, MakesAProgramOfOneInstructionANode) {
  EXPECT_EQ(split_text(R"(graph "g" {
  input %x: f32[2,3]
  %y = Region(%x) {anchor="Softmax", before=["(%0: f32) { %1: f32 = LeakyRelu(%0, alpha=0.5) } -> %1"], after="(%0: f32) { %1: f16 = Cast(%0, saturate=0) } -> %1"}
  output "y" = %y
})"),
            R"(graph "g" {
  input %x: f32[2,3]
  %LeakyRelu: f32[2,3] = LeakyRelu(%x) {alpha=0.5}
  %Softmax: f32[2,3] = Softmax(%LeakyRelu) {axis=-1}
  %y: f16[2,3] = Cast(%Softmax) {saturate=0, to="f16"}
  output "y" = %y
}
)");
}

TEST(SplitRegion, MakesARegionWithoutAnchorANodeForEachInstruction) {
  EXPECT_EQ(split_text(R"(graph "g" {
  input %x: f32[2,3]
  %y = Region(%x) {after="(%0: f32) { %1: f32 = Sigmoid(%0); %2: f32 = Mul(%0, %1) } -> %2", views=["{perm=[1,0]}"]}
  output "y" = %y
})"),
            R"(graph "g" {
  input %x: f32[2,3]
  %Transpose: f32[3,2] = Transpose(%x) {perm=[1,0]}
  %Sigmoid: f32[3,2] = Sigmoid(%Transpose)
  %y: f32[3,2] = Mul(%Transpose, %Sigmoid)
  output "y" = %y
}
)");
}

TEST(SplitRegion, ComputesTheSameOnEveryCase) {
  size_t splits = 0;
  for (const testing::OpCase& op_case : testing::all_op_cases()) {
    if (op_case.op != kRegionName) continue;
    SCOPED_TRACE(op_case.name);
    const testing::OpCaseData data = testing::make_case(op_case).value();
    Graph graph;
    std::vector<ValueId> operands;
    for (const ValueInfo& info : data.input_infos) {
      operands.push_back(graph.add_input(graph.fresh_name("x"), info).value());
    }
    const NodeId node = graph.add_node(*data.op, data.attrs, operands).value();
    ASSERT_THAT(graph.add_output("y", graph.node(node).outputs[0]), IsOk());
    splits += expect_same_results(std::move(graph), data.inputs);
  }
  EXPECT_GT(splits, 40U);
}

TEST(SplitRegion, ComputesTheSameOnRandomGraphs) {
  size_t splits = 0;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(fmt::format("random_graph({})", seed));
    const Graph graph = testing::random_graph(seed);
    splits += expect_same_results(graph, testing::random_inputs(graph, seed));
  }
  EXPECT_GT(splits, 20U);
}

// Programs of every row of the table around anchors.
TEST(SplitRegion, ComputesTheSameForRandomPrograms) {
  constexpr DataType kF32 = DataType::kFloat32;
  size_t splits = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    RegionAttrs region;
    if (seed % 4 != 0) {
      region.anchor = TextForm<Operation>::parse("ReduceMean{axes=[1]}").value();
      const PointwiseProgram before = testing::random_program({kF32}, 1 + seed % 3, seed);
      if (before.type_of(before.outputs[0]) == kF32) region.before = {before};
    }
    region.after = testing::random_program({kF32, kF32}, 1 + seed % 5, seed + 1000);
    testing::GraphBuilder b;
    const ValueId x = b.input("x", "f32[3,5]");
    const ValueId extra = b.input("extra", "f32[1]");
    const OpDef& op = *find_op(kRegionName);
    // A program may leave an input unused, which is no region then.
    const ValueInfo& x_info = b.graph().value(x).info;
    const auto is_region = [&](const std::vector<ValueInfo>& operands) {
      return infer_outputs(op, Attrs::of(region), operands).ok();
    };
    if (!is_region({x_info, b.graph().value(extra).info})) {
      region.after = testing::random_program({kF32}, 1 + seed % 5, seed + 2000);
      if (!is_region({x_info})) continue;
    }
    std::vector<ValueId> operands = {x};
    if (region.after.inputs.size() > 1) operands.push_back(extra);
    const ValueId y = b.node(kRegionName, operands, Attrs::of(region).to_map());
    const Graph graph = b.output("y", y).take();
    splits += expect_same_results(graph, testing::random_inputs(graph, seed));
  }
  EXPECT_GT(splits, 100U);
}

}  // namespace
}  // namespace tenon::internal
