#include "graph/executor.h"

#include "ops/list.h"
#include "testing/compare.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace tenon::internal {
namespace {

using testing::graph_of_text;
using testing::GraphBuilder;
using testing::IsError;
using testing::IsOk;
using testing::tensors_identical;

HostTensor floats(Shape shape, std::vector<double> values) {
  return HostTensor::of(DataType::kFloat32, std::move(shape), values).value();
}

class ExecutorTest : public ::testing::Test {
 protected:
  Result<std::vector<HostTensor>> run(const Graph& graph, std::vector<HostTensor> inputs,
                                      const ValueObserver& observer = {}) {
    return execute(graph, inputs, *pool_, observer);
  }

  std::unique_ptr<ThreadPool> pool_ = ThreadPool::create({.workers = 1}).value();
};

TEST_F(ExecutorTest, RunsNodesInOrder) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[N]
    const %c: f32[1] = [10]
    %a = Neg(%x)
    %b = Add(%a, %c)
    output "b" = %b
    output "x" = %x
    output "c" = %c
  })");
  const auto results = run(graph, {floats({3}, {1, 2, 3})});
  ASSERT_THAT(results, IsOk());
  EXPECT_TRUE(tensors_identical((*results)[0].view(), floats({3}, {9, 8, 7}).view()));
  EXPECT_TRUE(tensors_identical((*results)[1].view(), floats({3}, {1, 2, 3}).view()));
  EXPECT_TRUE(tensors_identical((*results)[2].view(), floats({1}, {10}).view()));
}

TEST_F(ExecutorTest, FillsKnownElementsFromTheSymbols) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[N,M]
    %n = Dims() {shape=[2], type="i64", elements=["N*M", "-1"]}
    %small = Dims() {shape=[], type="i8", elements=["N - 3"]}
    %y = Reshape(%x, %n)
    output "y" = %y
    output "n" = %n
    output "small" = %small
  })");
  const auto results = run(graph, {floats({2, 2}, {1, 2, 3, 4})});
  ASSERT_THAT(results, IsOk());
  EXPECT_TRUE(tensors_identical((*results)[0].view(), floats({4, 1}, {1, 2, 3, 4}).view()));
  EXPECT_EQ((*results)[1], HostTensor::of_int64({2}, {{4, -1}}).value());
  const double minus_one = -1;
  EXPECT_EQ((*results)[2], HostTensor::of(DataType::kInt8, {}, {&minus_one, 1}).value());
}

TEST_F(ExecutorTest, ShowsTheObserverEveryComputedValue) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[1]
    %a = Neg(%x)
    %dead = Relu(%x)
    %b = Neg(%a)
    output "b" = %b
  })");
  std::string seen;
  const auto observer = [&](ValueId id, const HostTensor& tensor) -> Status {
    seen += fmt::format("{}={} ", graph.value(id).name, tensor.as<float>()[0]);
    return {};
  };
  ASSERT_THAT(run(graph, {floats({1}, {2})}, observer), IsOk());
  EXPECT_EQ(seen, "a=-2 dead=2 b=2 ");
  const auto refuse = [](ValueId, const HostTensor&) -> Status {
    return Error(ErrorKind::kCancelled, "enough");
  };
  EXPECT_THAT(run(graph, {floats({1}, {2})}, refuse), IsError(ErrorKind::kCancelled, "enough"));
}

TEST_F(ExecutorTest, RefusesInputsThatDoNotFit) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[N,N]
    output "x" = %x
  })");
  EXPECT_THAT(run(graph, {}),
              IsError(ErrorKind::kInvalidArgument, "1 input, but tensors are given for 0"));
  EXPECT_THAT(run(graph, {HostTensor::of_int64({1, 1}, {{1}}).value()}),
              IsError(ErrorKind::kInvalidArgument, "input \"x\" is f32[N,N], but a tensor of i64"));
  EXPECT_THAT(run(graph, {floats({1, 2}, {1, 2})}),
              IsError(ErrorKind::kInvalidArgument, "for input \"x\""));
}

TEST_F(ExecutorTest, NamesTheNodeWhoseShapesMeetOnlyInSymbols) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[N]
    input %y: f32[M]
    %z = Add(%x, %y) as "sum"
    output "z" = %z
  })");
  ASSERT_THAT(run(graph, {floats({2}, {1, 2}), floats({2}, {3, 4})}), IsOk());
  const auto failed = run(graph, {floats({2}, {1, 2}), floats({3}, {3, 4, 5})});
  EXPECT_THAT(failed, IsError(ErrorKind::kInvalidArgument, "while running Add 'sum'"));
  EXPECT_EQ(failed.error().node(), "sum");
}

TEST_F(ExecutorTest, BroadcastsOpenDimsAsTheyAreInTheRun) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[N]
    input %y: f32[M]
    %z = Add(%x, %y)
    output "z" = %z
  })");
  const auto sum = run(graph, {floats({1}, {1}), floats({2}, {3, 4})});
  ASSERT_THAT(sum, IsOk());
  EXPECT_EQ((*sum)[0].shape(), (Shape{2}));
  const auto none = run(graph, {floats({0}, {}), floats({1}, {3})});
  ASSERT_THAT(none, IsOk());
  EXPECT_EQ((*none)[0].shape(), (Shape{0}));
}

TEST_F(ExecutorTest, NamesTheNodeWhoseReferenceFails) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2]");
  const ValueId i = b.input("i", "i64[1]");
  const Graph graph = b.output("y", b.node("Gather", {x, i}, {}, "pick")).take();
  const auto failed = run(graph, {floats({2}, {1, 2}), HostTensor::of_int64({1}, {{5}}).value()});
  EXPECT_THAT(failed, IsError(ErrorKind::kInvalidArgument, "while running Gather 'pick'"));
}

TEST_F(ExecutorTest, TakesEmptyTensors) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[N,3]
    %y = Relu(%x)
    output "y" = %y
  })");
  const auto results = run(graph, {floats({0, 3}, {})});
  ASSERT_THAT(results, IsOk());
  EXPECT_EQ((*results)[0].shape(), (Shape{0, 3}));
}

TEST(KnownTensor, NeedsElementsThatFillTheShape) {
  EXPECT_THAT(known_tensor({DataType::kInt64, {2}, std::nullopt}, {}),
              IsError(ErrorKind::kInvalidArgument, "not known"));
  EXPECT_THAT(known_tensor({DataType::kInt64, {2}, std::vector<Dim>{1}}, {}),
              IsError(ErrorKind::kInvalidArgument, "1 known elements"));
  EXPECT_THAT(known_tensor({DataType::kInt64, {1}, std::vector<Dim>{Dim::symbol("N")}}, {}),
              IsError(ErrorKind::kNotFound, "N"));
}

}  // namespace
}  // namespace tenon::internal
