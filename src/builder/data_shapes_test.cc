// Networks whose shapes follow from data, and networks with bodies, from the text to a run of the
// saved plan: on every device what the references compute.
#include "graph/executor.h"
#include "graph/text.h"
#include "testing/compare.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/plan_runner.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

HostTensor floats(Shape shape, const std::vector<double>& values) {
  return HostTensor::of(DataType::kFloat32, std::move(shape), values).value();
}
HostTensor ints(Shape shape, const std::vector<int64_t>& values) {
  return HostTensor::of_int64(std::move(shape), values).value();
}
HostTensor truth(bool value) {
  return HostTensor::of(DataType::kBool, {}, std::vector<double>{value ? 1.0 : 0.0}).value();
}

// A network, and its plan on a device, whose runs are compared with the references.
class Compared {
 public:
  Compared(std::string_view device, std::string_view text)
      : device_(open_test_device(device)), graph_(graph_of_text(text)) {
    const auto bytes = plan_of(graph_, *device_);
    EXPECT_THAT(bytes, IsOk());
    if (bytes.ok()) engine_ = load_plan(*bytes, device_).value();
  }

  // Of several runs of one context.
  std::vector<std::vector<HostTensor>> run(const std::vector<std::vector<HostTensor>>& inputs) {
    std::vector<std::vector<HostTensor>> all;
    for (const std::vector<HostTensor>& given : inputs) {
      const auto pool = ThreadPool::create({}).value();
      const auto want = execute(graph_, given, *pool);
      EXPECT_THAT(want, IsOk());
      auto context = BoundContext::create(engine_, given);
      EXPECT_THAT(context, IsOk());
      if (!want.ok() || !context.ok()) return all;
      for (int again = 0; again < 2; ++again) {
        const auto got = context->run();
        EXPECT_THAT(got, IsOk());
        if (!got.ok()) return all;
        EXPECT_EQ(got->size(), want->size());
        for (size_t i = 0; i < want->size(); ++i) {
          EXPECT_TRUE(tensors_close((*got)[i].view(), (*want)[i].view(), {1e-6, 1e-6}))
              << "output " << i;
        }
      }
      all.push_back(*want);
    }
    return all;
  }

  const Graph& graph() const { return graph_; }

 private:
  std::shared_ptr<Device> device_;
  Graph graph_;
  std::shared_ptr<const Engine> engine_;
};

class DataShapes : public ::testing::TestWithParam<std::string_view> {};

TEST_P(DataShapes, OfNonZeroFlowOn) {
  Compared net(GetParam(), R"(graph "g" {
    input %x: f32[N,3]
    const %one: i64[1] = [1]
    const %zero: i64[1] = [0]
    const %end: i64[1] = [2]
    %where: i64[2,K.0] = NonZero(%x) {extent="K"}
    %rows: i64[K.0,2] = Transpose(%where) {perm=[1,0]}
    %float: f32[K.0,2] = Cast(%rows) {to="f32"}
    %more: f32[K.0,2] = Add(%float, %float)
    %shape: i64[2] = Shape(%where)
    %count: i64[1] = Slice(%shape, %one, %end, %zero)
    output "rows" = %more
    output "count" = %count
  })");
  const auto results = net.run(
      {{floats({2, 3}, {1, 0, 2, 0, 0, 3})}, {floats({1, 3}, {0, 0, 0})}, {floats({0, 3}, {})}});
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0][0].shape(), (Shape{3, 2}));
  EXPECT_EQ(results[1][0].shape(), (Shape{0, 2}));
}

TEST_P(DataShapes, OfWhichOnlyTheExtentIsUsed) {
  Compared net(GetParam(), R"(graph "g" {
    input %x: f32[5]
    %where: i64[1,K.0] = NonZero(%x) {extent="K"}
    %shape: i64[2] = Shape(%where)
    output "shape" = %shape
  })");
  net.run({{floats({5}, {1, 0, 2, 0, 0})}, {floats({5}, {1, 1, 1, 1, 1})}});
}

TEST_P(DataShapes, FromElementsThatTheRunComputes) {
  Compared net(GetParam(), R"(graph "g" {
    input %x: f32[2,6]
    input %dims: i64[2]
    %twice: i64[2] = Add(%dims, %dims)
    %known: i64[2] = Extents(%twice) {extent="E"}
    %y: f32[E.0,E.1] = Reshape(%x, %known) {allowzero=1}
    %z: f32[E.0,E.1] = Relu(%y)
    output "z" = %z
    output "dims" = %known
  })");
  const HostTensor x = floats({2, 6}, {-1, 2, 3, -4, 5, 6, 7, 8, -9, 1, 2, 3});
  const auto results = net.run({{x, ints({2}, {1, 3})}, {x, ints({2}, {3, 1})}});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0][0].shape(), (Shape{2, 6}));
}

TEST_P(DataShapes, OfSeveralEpochs) {
  Compared net(GetParam(), R"(graph "g" {
    input %x: f32[N]
    input %keep: bool[N]
    %kept: f32[A.0] = Compress(%x, %keep) {axis=0, extent="A"}
    %values: f32[B.0], %first: i64[B.0], %inverse: i64[A.0], %counts: i64[B.0] = Unique(%kept) {extent="B"}
    %squares: f32[B.0] = Mul(%values, %values)
    %all: f32[A.0] = Gather(%squares, %inverse) {axis=0}
    output "all" = %all
    output "counts" = %counts
  })");
  const HostTensor keep =
      HostTensor::of(DataType::kBool, {4}, std::vector<double>{1, 1, 0, 1}).value();
  const HostTensor none = HostTensor::of(DataType::kBool, {2}, std::vector<double>{0, 0}).value();
  net.run({{floats({4}, {3, 3, 7, -2}), keep}, {floats({2}, {1, 2}), none}});
}

TEST_P(DataShapes, OfBranches) {
  Compared net(GetParam(), R"(graph "g" {
    input %c: bool[]
    input %x: f32[N]
    %y: f32[If.0], %same: f32[N] = If(%c, %x) {extent="If", outputs=2}
    body "then" (%a: f32[N]) {
      const %two: f32[1] = [2]
      %b: f32[N] = Mul(%a, %two)
      output "b" = %b
      output "b2" = %a
    }
    body "else" (%a: f32[N]) {
      %twice: f32[2*N] = Concat(%a, %a) {axis=0}
      %n: f32[N] = Neg(%a)
      output "twice" = %twice
      output "n" = %n
    }
    %z: f32[If.0] = Relu(%y)
    output "z" = %z
    output "same" = %same
  })");
  const HostTensor x = floats({3}, {1, -2, 3});
  const auto results = net.run({{truth(true), x}, {truth(false), x}});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0][0].shape(), Shape{3});
  EXPECT_EQ(results[1][0].shape(), Shape{6});
}

TEST_P(DataShapes, OfNestedBranchesWithDataInside) {
  Compared net(GetParam(), R"(graph "g" {
    input %c: bool[]
    input %d: bool[]
    input %x: f32[4]
    %y: f32[I.0] = If(%c, %d, %x) {extent="I"}
    body "then" (%e: bool[], %a: f32[4]) {
      %r: f32[J.0] = If(%e, %a) {extent="J"}
      body "inner" (%b: f32[4]) {
        %w: i64[1,K.0] = NonZero(%b) {extent="K"}
        %f: f32[1,K.0] = Cast(%w) {to="f32"}
        const %axis: i64[1] = [0]
        %s: f32[K.0] = Squeeze(%f, %axis)
        output "s" = %s
      }
      body "other" (%b: f32[4]) {
        %n: f32[4] = Neg(%b)
        output "n" = %n
      }
      output "r" = %r
    }
    body "else" (%e: bool[], %a: f32[4]) {
      output "a" = %a
    }
    output "y" = %y
  })");
  const HostTensor x = floats({4}, {1, 0, 3, 0});
  net.run({{truth(true), truth(true), x},
           {truth(true), truth(false), x},
           {truth(false), truth(true), x}});
}

TEST_P(DataShapes, OfALoopThatGathersAndGrows) {
  Compared net(GetParam(), R"(graph "g" {
    input %n: i64[]
    input %x: f32[3]
    const %go: bool[] = [true]
    %sum: f32[3], %grown: f32[L.1], %all: f32[L.2,3] = Loop(%n, %go, %x, %x, %x) {carried=2, extent="L", scans=1}
    body "body" (%i: i64[], %c: bool[], %s: f32[3], %g: f32[L.in.1], %cap: f32[3]) {
      %f: f32[] = Cast(%i) {to="f32"}
      %t: f32[3] = Add(%s, %cap)
      %u: f32[3] = Add(%t, %f)
      %h: f32[L.in.1 + 3] = Concat(%g, %u) {axis=0}
      const %limit: f32[] = [2.5]
      %again: bool[] = Less(%f, %limit)
      output "again" = %again
      output "u" = %u
      output "h" = %h
      output "scan" = %t
    }
    output "sum" = %sum
    output "grown" = %grown
    output "all" = %all
  })");
  const HostTensor x = floats({3}, {1, 2, -3});
  const auto results =
      net.run({{ints({}, {2}), x}, {ints({}, {0}), x}, {ints({}, {100}), x}, {ints({}, {1}), x}});
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0][1].shape(), Shape{9});
  EXPECT_EQ(results[1][2].shape(), (Shape{0, 3}));
  EXPECT_EQ(results[2][2].shape(), (Shape{4, 3}));
}

TEST_P(DataShapes, OfACountedLoopAreKnown) {
  Compared net(GetParam(), R"(graph "g" {
    input %x: f32[N]
    const %n: i64[] = [3]
    const %go: bool[] = [true]
    %last: f32[N], %all: f32[3,N] = Loop(%n, %go, %x) {carried=1, counted=1, extent="L", scans=1}
    body "body" (%i: i64[], %c: bool[], %s: f32[N]) {
      %t: f32[N] = Add(%s, %s)
      output "go" = %c
      output "t" = %t
      output "u" = %t
    }
    output "last" = %last
    output "all" = %all
  })");
  net.run({{floats({2}, {1, 2})}, {floats({1}, {4})}});
}

TEST_P(DataShapes, OfALoopWithDataInside) {
  Compared net(GetParam(), R"(graph "g" {
    input %x: f32[4]
    const %n: i64[] = [5]
    const %go: bool[] = [true]
    %last: f32[4] = Loop(%n, %go, %x) {carried=1, extent="L"}
    body "body" (%i: i64[], %c: bool[], %s: f32[4]) {
      %w: i64[1,K.0] = NonZero(%s) {extent="K"}
      %f: f32[1,K.0] = Cast(%w) {to="f32"}
      const %axis: i64[2] = [0,1]
      %total: f32[] = ReduceSum(%f, %axis) {keepdims=0}
      %t: f32[4] = Sub(%s, %total)
      output "go" = %c
      output "t" = %t
    }
    output "last" = %last
  })");
  net.run({{floats({4}, {1, 0, 6, 2})}, {floats({4}, {0, 0, 0, 0})}});
}

INSTANTIATE_TEST_SUITE_P(Devices, DataShapes, ::testing::Values("cpu:threads=2", "null"),
                         [](const auto& test) {
                           return std::string(test.param.substr(0, test.param.find(':')));
                         });

}  // namespace
}  // namespace tenon::internal
