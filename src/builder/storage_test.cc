#include "builder/storage.h"

#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/plan_runner.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using testing::GraphBuilder;
using testing::IsError;
using testing::IsOk;
using testing::run_graph;

const std::vector<double> kNumbers = {-2, -1, 0, 1, 2, 3};

// On a device that needs bytes together.
StoragePlan plan_storage(const Graph& graph) {
  return plan_storage(graph, [](NodeId, std::span<const Dim>) { return false; });
}

HostTensor numbers(Shape shape) {
  return HostTensor::of(DataType::kFloat32, std::move(shape), kNumbers).value();
}

std::vector<double> elements(const HostTensor& tensor) {
  std::vector<double> result;
  for (const float value : tensor.as<float>()) result.push_back(value);
  return result;
}

// All outputs of a graph of one input x: f32[2,3], on the device that faults on host access.
std::vector<std::vector<double>> outputs_of(const Graph& graph) {
  const std::vector<HostTensor> inputs = {numbers({2, 3})};
  const Result<std::vector<HostTensor>> outputs = run_graph(graph, "null", inputs);
  EXPECT_THAT(outputs, IsOk());
  std::vector<std::vector<double>> result;
  if (!outputs.ok()) return result;
  for (const HostTensor& output : *outputs) result.push_back(elements(output));
  return result;
}

TEST(PlanStorage, CopiesAnInputThatIsAnOutput) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2,3]");
  const Graph graph = b.output("y", x).take();
  EXPECT_FALSE(plan_storage(graph).direct_outputs[0].valid());
  EXPECT_EQ(outputs_of(graph), (std::vector<std::vector<double>>{kNumbers}));
}

TEST(PlanStorage, CopiesAConstantThatIsAnOutput) {
  GraphBuilder b;
  b.input("x", "f32[2,3]");
  const Graph graph = b.output("y", b.constant(DataType::kFloat32, {2}, {7, 8})).take();
  EXPECT_EQ(outputs_of(graph), (std::vector<std::vector<double>>{{7, 8}}));
}

// y = Neg(view(Relu(x))) at a shape of x, where `type` is the type of x.
Result<std::vector<HostTensor>> run_view(const std::string& type, const Shape& shape,
                                         std::string_view op, std::initializer_list<int64_t> list) {
  GraphBuilder b;
  const ValueId relu = b.node("Relu", {b.input("x", type)});
  const Graph graph = b.output("y", b.node("Neg", {b.node(op, {relu, b.ints(list)})})).take();
  const std::vector<HostTensor> inputs = {HostTensor::make(DataType::kFloat32, shape).value()};
  return run_graph(graph, "null", inputs);
}

TEST(PlanStorage, RefusesShapesThatAViewCannotHave) {
  EXPECT_THAT(run_view("f32[N,3]", {4, 3}, "Reshape", {2, 6}), IsOk());
  EXPECT_THAT(run_view("f32[N,3]", {8, 3}, "Reshape", {2, 6}),
              IsError(ErrorKind::kInvalidArgument, "would be f32[2,6]"));
  EXPECT_THAT(run_view("f32[N,3]", {1, 3}, "Reshape", {2, 6}),
              IsError(ErrorKind::kInvalidArgument, "would be f32[2,6]"));
  EXPECT_THAT(run_view("f32[N]", {8}, "Reshape", {-1, 4}), IsOk());
  EXPECT_THAT(run_view("f32[N]", {10}, "Reshape", {-1, 4}),
              IsError(ErrorKind::kInvalidArgument, "would be f32[2,4]"));
  EXPECT_THAT(run_view("f32[N,3]", {1, 3}, "Squeeze", {0}), IsOk());
  EXPECT_THAT(run_view("f32[N,3]", {2, 3}, "Squeeze", {0}),
              IsError(ErrorKind::kInvalidArgument, "would be f32[3]"));
  EXPECT_THAT(run_view("f32[N,3]", {2, 3}, "Unsqueeze", {0}), IsOk());
}

TEST(PlanStorage, WritesOneValueUnderTwoNames) {
  GraphBuilder b;
  const ValueId y = b.node("Relu", {b.input("x", "f32[2,3]")});
  b.output("a", y);
  const Graph graph = b.output("b", y).take();
  const std::vector<double> relu = {0, 0, 0, 1, 2, 3};
  EXPECT_EQ(outputs_of(graph), (std::vector<std::vector<double>>{relu, relu}));
}

TEST(PlanStorage, ComputesTheSourceOfAViewInTheOutput) {
  GraphBuilder b;
  const ValueId y = b.node("Relu", {b.input("x", "f32[2,3]")});
  const ValueId view = b.node("Reshape", {y, b.ints({6})}, {{"allowzero", int64_t{0}}});
  const Graph graph = b.output("y", view).take();
  const StoragePlan storage = plan_storage(graph);
  EXPECT_EQ(storage.steps.size(), 1U);
  EXPECT_EQ(storage.root[y.index], view);
  EXPECT_EQ(outputs_of(graph), (std::vector<std::vector<double>>{{0, 0, 0, 1, 2, 3}}));
}

TEST(PlanStorage, CopiesAViewOfAnInputThatIsAnOutput) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2,3]");
  const ValueId view = b.node("Reshape", {x, b.ints({3, 2})}, {{"allowzero", int64_t{0}}});
  const Graph graph = b.output("y", view).take();
  EXPECT_EQ(plan_storage(graph).steps.size(), 1U);
  EXPECT_EQ(outputs_of(graph), (std::vector<std::vector<double>>{kNumbers}));
}

// x -> y = Relu -> view a -> view b; outputs in every order and combination.
TEST(PlanStorage, WritesEveryMixOfAValueAndItsViews) {
  const std::vector<std::vector<int>> mixes = {{0, 1},    {1, 0},    {1, 2},    {2, 1},
                                               {2, 0, 1}, {2, 1, 0}, {0, 2, 2}, {1, 1, 2}};
  for (const std::vector<int>& mix : mixes) {
    GraphBuilder b;
    const ValueId y = b.node("Relu", {b.input("x", "f32[2,3]")});
    const ValueId a = b.node("Reshape", {y, b.ints({6})}, {{"allowzero", int64_t{0}}});
    const ValueId c = b.node("Reshape", {a, b.ints({3, 2})}, {{"allowzero", int64_t{0}}});
    const ValueId values[] = {y, a, c};
    for (size_t i = 0; i < mix.size(); ++i) {
      b.output("out" + std::to_string(i), values[mix[i]]);
    }
    const std::vector<double> relu = {0, 0, 0, 1, 2, 3};
    EXPECT_EQ(outputs_of(b.take()), std::vector<std::vector<double>>(mix.size(), relu));
  }
}

TEST(PlanStorage, ExpandsAlongADimThatIsOneOnlyInTheRun) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[N]");
  const ValueId shape = b.node("Shape", {b.input("z", "f32[M]")}, {{"start", int64_t{0}}});
  const Graph graph = b.output("y", b.node("Neg", {b.node("Expand", {x, shape})})).take();
  const auto run = [&](Shape x_shape, Shape z_shape) {
    const std::vector<HostTensor> inputs = {
        HostTensor::make(DataType::kFloat32, std::move(x_shape)).value(),
        HostTensor::make(DataType::kFloat32, std::move(z_shape)).value()};
    return run_graph(graph, "null", inputs);
  };
  const auto expanded = run({1}, {5});
  ASSERT_THAT(expanded, IsOk());
  EXPECT_EQ((*expanded)[0].shape(), (Shape{5}));
  EXPECT_EQ(run({0}, {1}).value()[0].shape(), (Shape{0}));
  EXPECT_THAT(run({2}, {5}), IsError(ErrorKind::kInvalidArgument, "does not broadcast"));
}

TEST(PlanStorage, OverwritesAnOperandThatDies) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2,3]");
  const ValueId t = b.node("Relu", {x});
  const ValueId u = b.node("Neg", {t});
  const Graph graph = b.output("y", b.node("Add", {u, x})).take();
  EXPECT_EQ(plan_storage(graph).root[u.index], t);
  EXPECT_EQ(outputs_of(graph), (std::vector<std::vector<double>>{{-2, -1, 0, 0, 0, 0}}));
}

TEST(PlanStorage, KeepsAnOperandThatIsReadLater) {
  GraphBuilder b;
  const ValueId t = b.node("Relu", {b.input("x", "f32[2,3]")});
  const ValueId u = b.node("Neg", {t});
  const Graph graph = b.output("y", b.node("Add", {u, t})).take();
  EXPECT_EQ(plan_storage(graph).root[u.index], u);
  EXPECT_EQ(outputs_of(graph), (std::vector<std::vector<double>>{{0, 0, 0, 0, 0, 0}}));
}

TEST(PlanStorage, KeepsAnOperandWhoseViewIsReadLater) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2,3]");
  const ValueId t = b.node("Relu", {x});
  const ValueId view = b.node("Reshape", {t, b.ints({6})}, {{"allowzero", int64_t{0}}});
  const ValueId u = b.node("Neg", {t});
  b.output("y", b.node("Add", {u, x}));
  const Graph graph = b.output("z", b.node("Abs", {view})).take();
  EXPECT_EQ(plan_storage(graph).root[u.index], u);
  EXPECT_EQ(outputs_of(graph),
            (std::vector<std::vector<double>>{{-2, -1, 0, 0, 0, 0}, {0, 0, 0, 1, 2, 3}}));
}

TEST(PlanStorage, LeavesWhatOnlyTheHostNeedsToTheHost) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[N,3]");
  const ValueId shape = b.node("Shape", {x}, {{"start", int64_t{0}}});
  const Graph graph =
      b.output("y", b.node("Reshape", {b.node("Relu", {x}), shape}, {{"allowzero", int64_t{0}}}))
          .take();
  const StoragePlan storage = plan_storage(graph);
  EXPECT_EQ(storage.steps.size(), 1U);
  EXPECT_FALSE(storage.on_device[shape.index]);
}

// The residual of a region may be overwritten, what its anchor reads may not, also where both are
// the same value.
TEST(PlanStorage, OverwritesTheResidualOfARegionUnlessTheAnchorReadsIt) {
  const AttributeMap attributes = {{"anchor", "MatMul"},
                                   {"after", "(%0: f32, %1: f32) { %2: f32 = Add(%0, %1) } -> %2"}};
  const auto shares = [&](bool same) {
    GraphBuilder b;
    const ValueId x = b.input("x", "f32[2,2]");
    const ValueId factor = b.node("Neg", {x});
    const ValueId residual = same ? factor : b.node("Abs", {x});
    const ValueId sum = b.node("Region", {factor, x, residual}, attributes);
    const Graph graph = b.output("y", b.node("Transpose", {sum})).take();
    const StoragePlan storage = plan_storage(graph);
    EXPECT_NE(storage.root[sum.index], factor) << same;
    return storage.root[sum.index] == residual;
  };
  EXPECT_TRUE(shares(/*same=*/false));
  EXPECT_FALSE(shares(/*same=*/true));
}

}  // namespace
}  // namespace tenon::internal
