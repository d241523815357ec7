#include "builder/check_profiles.h"

#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/plan_runner.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tenon::internal {
namespace {

using testing::GraphBuilder;
using testing::IsError;
using testing::IsOk;
using testing::open_test_device;
using testing::plan_of;

ShapeRange between(Shape min, Shape max) {
  return {.min = std::move(min), .opt = {}, .max = std::move(max)};
}

// y = Add(x, z), x: f32[N,3].
Graph sum_with(std::string_view type_of_z) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[N,3]");
  return b.output("y", b.node("Add", {x, b.input("z", type_of_z)}, {}, "sum")).take();
}

Status possible(const Graph& graph, const Profile& profile) {
  return check_shapes_possible(graph, {profile});
}

TEST(CheckShapesPossible, RefusesRangesThatNeverBroadcast) {
  const auto with = [](Shape min, Shape max) {
    return possible(sum_with("f32[M,3]"),
                    {.inputs = {{"x", between({2, 3}, {4, 3})}, {"z", between(min, max)}}});
  };
  EXPECT_THAT(with({4, 3}, {8, 3}), IsOk());
  EXPECT_THAT(with({0, 3}, {1, 3}), IsOk());
  for (const char* text : {"at Add 'sum'", "'x' f32[N,3] and 'z' f32[M,3] do not broadcast",
                           "N against M where M is 5 to 8, N is 2 to 4", "profile"}) {
    EXPECT_THAT(with({5, 3}, {8, 3}), IsError(ErrorKind::kInvalidArgument, text));
  }
  EXPECT_THAT(with({5, 3}, {}), IsError(ErrorKind::kInvalidArgument, "M is at least 5"));
}

TEST(CheckShapesPossible, RefusesARangeThatNeverMeetsANumber) {
  const auto with = [](Shape min, Shape max) {
    return possible(sum_with("f32[7,3]"), {.inputs = {{"x", between(min, max)}}});
  };
  EXPECT_THAT(with({1, 3}, {2, 3}), IsOk());
  EXPECT_THAT(with({2, 3}, {7, 3}), IsOk());
  EXPECT_THAT(with({2, 3}, {6, 3}),
              IsError(ErrorKind::kInvalidArgument, "N against 7 where N is 2 to 6"));
}

TEST(CheckShapesPossible, ComparesAllOperandsOfANode) {
  GraphBuilder b;
  std::vector<ValueId> operands;
  for (const char* name : {"a", "b", "c", "d"}) {
    operands.push_back(b.input(name, std::string("f32[") + name + "]"));
  }
  const Graph graph = b.output("y", b.node("Max", operands, {}, "most")).take();
  const auto with = [&](int64_t max_of_a, int64_t min_of_d) {
    return possible(graph, {.inputs = {{"a", between({2}, {max_of_a})},
                                       {"b", between({1}, {3})},
                                       {"c", between({4}, {9})},
                                       {"d", between({min_of_d}, {9})}}});
  };
  EXPECT_THAT(with(5, 5), IsOk());
  EXPECT_THAT(with(4, 5), IsError(ErrorKind::kInvalidArgument,
                                  "'a' f32[a] and 'd' f32[d] do not broadcast: a against d where "
                                  "a is 2 to 4, d is 5 to 9"));
  EXPECT_THAT(with(3, 1), IsError(ErrorKind::kInvalidArgument, "'a' f32[a] and 'c' f32[c]"));
}

TEST(CheckShapesPossible, RefusesResultsWithoutExtents) {
  GraphBuilder b;
  const ValueId a = b.input("a", "f32[N,2,4]");
  const ValueId c = b.input("c", "f32[M,4,2]");
  const Graph product = b.output("y", b.node("MatMul", {a, c}, {}, "product")).take();
  EXPECT_THAT(check_shapes_possible(product, {}), IsOk());
  EXPECT_THAT(possible(product, {.inputs = {{"a", between({2, 2, 4}, {3, 2, 4})},
                                            {"c", between({4, 4, 2}, {4, 4, 2})}}}),
              IsError(ErrorKind::kInvalidArgument, "at MatMul 'product': the dim broadcast(M, N)"));

  GraphBuilder window;
  const ValueId x = window.input("x", "f32[1,1,H]");
  const ValueId pooled =
      window.node("MaxPool", {x}, {{"kernel_shape", std::vector<int64_t>{5}}}, "pool");
  const Graph pool = window.output("y", pooled).take();
  EXPECT_THAT(possible(pool, {.inputs = {{"x", between({1, 1, 1}, {1, 1, 5})}}}), IsOk());
  EXPECT_THAT(possible(pool, {.inputs = {{"x", between({1, 1, 1}, {1, 1, 3})}}}),
              IsError(ErrorKind::kInvalidArgument, "where H is 1 to 3"));
}

TEST(CheckOptimum, RefusesOptimaThatTheStepsDoNotTake) {
  const auto device = open_test_device("cpu");
  const auto with = [&](Shape opt_x, Shape opt_z) {
    const ShapeRange x = {.min = {1, 3}, .opt = std::move(opt_x), .max = {8, 3}};
    const ShapeRange z = {.min = {1, 3}, .opt = std::move(opt_z), .max = {8, 3}};
    return plan_of(sum_with("f32[M,3]"), *device, {.profiles = {{.inputs = {{"x", x}, {"z", z}}}}});
  };
  EXPECT_THAT(with({4, 3}, {4, 3}), IsOk());
  EXPECT_THAT(with({4, 3}, {1, 3}), IsOk());
  EXPECT_THAT(with({4, 3}, {}), IsOk());
  EXPECT_THAT(with({4, 3}, {5, 3}), IsError(ErrorKind::kInvalidArgument, "(opt)"));
  EXPECT_THAT(with({4, 3}, {5, 3}), IsError(ErrorKind::kInvalidArgument, "broadcast(M, N)"));
}

TEST(CheckOptimum, RefusesSingleShapesThatTheStepsDoNotTake) {
  GraphBuilder b;
  const ValueId parts[] = {b.input("x", "f32[N,3]"), b.input("z", "f32[M,3]")};
  const Graph graph =
      b.output("y", b.node("Concat", {parts[0], parts[1]}, {{"axis", 1}}, "join")).take();
  const auto with = [&](Shape of_z) {
    return plan_of(
        graph, *open_test_device("cpu"),
        {.profiles = {{.inputs = {{"x", between({2, 3}, {2, 3})}, {"z", between(of_z, of_z)}}}}});
  };
  EXPECT_THAT(with({2, 3}), IsOk());
  EXPECT_THAT(with({4, 3}), IsError(ErrorKind::kInvalidArgument, "join"));
}

}  // namespace
}  // namespace tenon::internal
