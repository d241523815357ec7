#include "graph/bodies.h"

#include "graph/executor.h"
#include "graph/text.h"
#include "graph/verify.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using testing::graph_of_text;
using testing::IsError;
using testing::IsOk;

constexpr std::string_view kBranches = R"(graph "g" {
  input %c: bool[]
  input %x: f32[N]
  %y: f32[If.0] = If(%c, %x) {extent="If", outputs=1} as "if"
  body "then" (%a: f32[N]) {
    const %two: f32[] = [2]
    %b: f32[N] = Mul(%a, %two)
    output "b" = %b
  }
  body "else" (%a: f32[N]) {
    %d: f32[2*N] = Concat(%a, %a) {axis=0}
    output "d" = %d
  }
  %z: f32[If.0] = Relu(%y)
  output "z" = %z
}
)";

constexpr std::string_view kLoop = R"(graph "g" {
  input %n: i64[]
  input %x: f32[3]
  const %go: bool[] = [true]
  %s: f32[L.0], %all: f32[L.1,3] = Loop(%n, %go, %x, %x) {carried=1, counted=0, extent="L", scans=1}
  body "body" (%i: i64[], %c: bool[], %g: f32[L.in.0], %a: f32[3]) {
    %h: f32[L.in.0 + 3] = Concat(%g, %a) {axis=0}
    output "go" = %c
    output "h" = %h
    output "a" = %a
  }
  output "s" = %s
  output "all" = %all
}
)";

TEST(Bodies, ParseBackFromTheirText) {
  for (const std::string_view text : {kBranches, kLoop}) {
    const Graph graph = graph_of_text(text);
    EXPECT_EQ(to_text(graph), text);
    EXPECT_THAT(verify(graph, GraphLevel::kCanonical), IsOk());
    EXPECT_TRUE(same_graph(graph, graph_of_text(to_text(graph))));
    EXPECT_TRUE(same_graph(graph, graph.compacted()));
  }
}

TEST(Bodies, AreComparedWithTheirNodes) {
  std::string other(kBranches);
  other.replace(other.find("[2]\n"), 4, "[3]\n");
  EXPECT_FALSE(same_graph(graph_of_text(kBranches), graph_of_text(other)));
}

// The text with `from` replaced, which does not parse.
void expect_refused(std::string_view text, std::string_view from, std::string_view to,
                    const std::string& message) {
  std::string changed(text);
  changed.replace(changed.find(from), from.size(), to);
  EXPECT_THAT(parse_graph(changed), IsError(ErrorKind::kCorruptData, message)) << changed;
}

TEST(Bodies, AreRefusedWhereTheyDoNotFitTheirNode) {
  expect_refused(kBranches, "(%a: f32[N])", "(%a: f64[N])", "is another one");
  expect_refused(kBranches, "(%a: f32[N])", "(%a: f32[N], %e: f32[N])", "is another one");
  expect_refused(kBranches, "outputs=1", "outputs=2", "its body gives 1 value, it must give 2");
  expect_refused(kBranches, "    output \"b\" = %b\n", "", "its body gives 0 values");
  expect_refused(kBranches, "Mul(%a, %two)", "Mul(%x, %two)", "no value \"x\" stands above");
  expect_refused(kBranches, "%b: f32[N] = Mul(%a, %two)",
                 "%b0: f32[N] = Mul(%a, %two)\n const %s: i64[2] = [1,-1]\n"
                 "%b: f32[1,N] = Reshape(%b0, %s)",
                 "depends on data");
  expect_refused(kLoop, "carried=1", "carried=2", "");
  expect_refused(kLoop, "output \"h\" = %h", "output \"h\" = %i", "to the next iteration");
  expect_refused(kLoop, "output \"go\" = %c", "output \"go\" = %i", "must be a single truth");
}

TEST(Bodies, MayStandOnExtentsOfTheGraphAround) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %c: bool[]
    input %x: f32[4]
    %w: i64[1,K.0] = NonZero(%x) {extent="K"}
    %y: i64[1] = If(%c) {extent="If"}
    body "then" () {
      %k: i64[1] = Dims() {elements=["K.0"], shape=[1], type="i64"}
      output "k" = %k
    }
    body "else" () {
      const %k: i64[1] = [0]
      output "k" = %k
    }
    output "y" = %y
  })");
  EXPECT_THAT(verify(graph, GraphLevel::kCanonical), IsOk());
  const auto pool = ThreadPool::create({}).value();
  const std::vector<HostTensor> inputs = {
      HostTensor::of(DataType::kBool, {}, std::vector<double>{1}).value(),
      HostTensor::of(DataType::kFloat32, {4}, std::vector<double>{1, 0, 2, 3}).value()};
  const auto results = execute(graph, inputs, *pool);
  ASSERT_THAT(results, IsOk());
  EXPECT_EQ((*results)[0].as<int64_t>()[0], 3);
}

TEST(Bodies, CannotStandOnExtentsThatNobodyTells) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %c: bool[]
    %y: i64[1] = If(%c) {extent="If"}
    body "then" () {
      %k: i64[1] = Dims() {elements=["K.0"], shape=[1], type="i64"}
      output "k" = %k
    }
    body "else" () {
      const %k: i64[1] = [0]
      output "k" = %k
    }
    output "y" = %y
  })");
  EXPECT_THAT(verify(graph, GraphLevel::kImported),
              IsError(ErrorKind::kInvalidArgument, "stands on K.0, which no node before it tells"));
}

TEST(Bodies, AreNotNestedWithoutEnd) {
  std::string text = "graph \"g\" { input %c: bool[]\n";
  constexpr int kDepth = 100;
  for (int i = 0; i < kDepth; ++i) {
    text += "%y" + std::to_string(i) + " = If(" + (i == 0 ? "%c" : "%d") + ", " +
            (i == 0 ? "%c" : "%d") + ") {extent=\"I" + std::to_string(i) +
            "\"} body \"b\" (%d: bool[]) {\n";
  }
  EXPECT_THAT(parse_graph(text), IsError(ErrorKind::kCorruptData, "nest more than 64 deep"));
}

}  // namespace
}  // namespace tenon::internal
