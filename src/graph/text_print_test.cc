#include "graph/text.h"

#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/random_graph.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace tenon::internal {
namespace {

using testing::graph_of_text;
using testing::GraphBuilder;
using testing::IsOk;
using testing::random_graph;

TEST(ToText, IsWhatTheFormatSays) {
  GraphBuilder b("net");
  const ValueId x = b.input("x", "f32[9,N]");
  const ValueId c = b.constant(HostTensor::of_int64({1}, {{1}}).value(), "starts at");
  const ValueId y = b.node("Slice", {x, c, b.ints({9}), {}, b.ints({2})}, {}, "cut \"it\"");
  const ValueId z = b.node("Softmax", {y}, {{"axis", int64_t{1}}});
  b.output("probabilities", z);
  EXPECT_EQ(to_text(b.graph()), R"(graph "net" {
  input %x: f32[9,N]
  const %"starts at": i64[1] = [1]
  const %constant: i64[1] = [9]
  const %constant_1: i64[1] = [2]
  %"cut \"it\"": f32[4,N] = Slice(%x, %"starts at", %constant, _, %constant_1) as "cut \"it\""
  %Softmax: f32[4,N] = Softmax(%"cut \"it\"") {axis=1}
  output "probabilities" = %Softmax
}
)");
}

TEST(ToText, LeavesOutTheElementsOfLargeConstants) {
  GraphBuilder b;
  const ValueId c = b.ints({1, 2, 3});
  b.output("y", b.node("Neg", {c}));
  EXPECT_NE(to_text(b.graph(), {.max_constant_elements = 3}).find("[1, 2, 3]"), std::string::npos);
  const std::string text = to_text(b.graph(), {.max_constant_elements = 2});
  EXPECT_NE(text.find("const %constant: i64[3] = elided\n"), std::string::npos) << text;
  EXPECT_FALSE(parse_graph(text).ok());
}

TEST(ToText, KeepsNamesOfAnyBytes) {
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
  all += '\0';
  GraphBuilder b(all);
  const ValueId x = b.input(all, "f32[2]");
  const ValueId y = b.node("Relu", {x}, {}, all + "n");
  const Graph graph = b.output(all + "o", y).take();
  EXPECT_TRUE(same_graph(graph, graph_of_text(to_text(graph))));
}

TEST(ToText, ParsesBackForRandomGraphs) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Graph graph = random_graph(seed);
    const std::string text = to_text(graph);
    const auto parsed = parse_graph(text);
    ASSERT_THAT(parsed, IsOk()) << text;
    ASSERT_TRUE(same_graph(graph, *parsed)) << diff_lines(text, to_text(*parsed));
    ASSERT_EQ(to_text(*parsed), text);
  }
}

}  // namespace
}  // namespace tenon::internal
