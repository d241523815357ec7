#include "graph/text.h"

#include "testing/graph_builder.h"
#include "testing/matchers.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace tenon::internal {
namespace {

using testing::graph_of_text;
using testing::IsError;
using testing::IsOk;

TEST(ParseGraph, InfersTypesThatTheTextLeavesOut) {
  const Graph graph = graph_of_text(R"(graph "g" { input %x: f32[N] %y = Relu(%x)
    output "y" = %y })");
  EXPECT_EQ(to_string(graph.value(graph.find_value("y")).info), "f32[N]");
  EXPECT_EQ(graph.outputs()[0].name, "y");
}

TEST(ParseGraph, ReadsEveryKindOfAttribute) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[2,3]
    %a = LeakyRelu(%x) {alpha=1}
    %b = LeakyRelu(%a) {alpha=-inf}
    %c = Cast(%b) {to="f16", saturate=0}
    %d = Transpose(%c) {perm=[1,0]}
    %e = Dims() {shape=[], type="i32", elements=["2"]}
    %f = Dims() {shape=[0], elements=[]}
    output "d" = %d
  })");
  const std::string text = to_text(graph);
  for (const std::string_view part :
       {"{alpha=1.0}", "{alpha=-inf}", "{saturate=0, to=\"f16\"}", "{perm=[1,0]}",
        "{elements=[\"2\"], shape=[], type=\"i32\"}", "{elements=[], shape=[0], type=\"i64\"}"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_TRUE(same_graph(graph, graph_of_text(text)));
}

TEST(ParseGraph, ReadsTheLayoutOfConstantsAndResults) {
  const Graph graph = graph_of_text(R"(graph "g" {
    input %x: f32[1,2,3]
    const %c: f32[1,2,3] channels_last = [1, 4, 2, 5, 3, 6]
    %y: f32[1,2,3] channels_last = Add(%x, %c)
    output "y" = %y
  })");
  for (const std::string_view name : {"c", "y"}) {
    EXPECT_EQ(graph.value(graph.find_value(name)).info.layout, Layout::kChannelsLast) << name;
  }
  EXPECT_TRUE(same_graph(graph, graph_of_text(to_text(graph))));
}

TEST(ParseGraph, ReadsAnEmptyGraph) {
  const auto graph = parse_graph("graph \"\" {}");
  ASSERT_THAT(graph, IsOk());
  EXPECT_TRUE(graph->order().empty());
}

// Pairs of what stands between "graph "g" {\n" and "}", and the error it gives.
TEST(ParseGraph, SaysWhereAndWhatIsWrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"input %x f32[2]", "2:10: expected ':', not \"f32\""},
      {"input x: f32[2]", "2:7: expected a value such as %x, not \"x\""},
      {"input %: f32[2]", "2:7: a value needs a name"},
      {"input %\"\": f32[2]", "2:7: a value needs a name"},
      {"input %x: f33[2]", "2:11: "},
      {"input %x: f32[2", "expected ']'"},
      {"input %x: f32[+]", "2:15: "},
      {"input %x: f32[floor_div(1, 0)]",
       "2:7: input \"x\" is f32[floor_div(1, 0)]: its dim floor_div(1, 0) at axis 0 is no number"},
      {"input %x: f32[N,-1 - N]", "its dim -N - 1 at axis 1 is no number from 0 up"},
      {"input %x: f32[-3]", "its dim -3 at axis 0"},
      {"input %x: f32[broadcast(2, 3)]", "its dim broadcast(2, 3) at axis 0"},
      {"input %x: f32[1]\ninput %x: f32[1]", "3:7: two values have the name \"x\""},
      {"const %c: f32[N] = [1]", "2:11: the dims of a constant must be numbers"},
      {"const %c: f32[-1] = [1]", "2:11: the dims of a constant must be numbers"},
      {"const %c: i8[2] = [1]", "2:19: i8[2] has 2 elements, but the text gives 1"},
      {"const %c: i8[1] = [300]", "2:20: 300 does not fit i8"},
      {"const %c: i8[1] = [%x]", "2:20: expected an element"},
      {"const %c: i8[2,1] channels_last = [1, 2]", "2:19: i8[2,1] cannot be channels_last"},
      {"const %c: i8[1] = elided", "2:19: the elements of this constant were left out"},
      {"const %c: i8[1] = base64\"A\"", "2:25: base64 of 1 characters"},
      {"const %c: i8[1] = base64\"AA==", "2:25: no quote ends the base64"},
      {"const %c: i8[9999999999999999] = base64\"AA==\"", "bytes, but the text gives 1"},
      {"%y = Relu(%x)", "2:11: no value \"x\" stands above"},
      {"%y = Rleu()", "2:6: there is no op Rleu; did you mean \"Relu\"?"},
      {"%y = Relu()", "2:6: "},
      {"%y, %z = Shape(_)", "2:10: "},
      {"input %x: f32[2]\n%y: f32[3] = Relu(%x)",
       "3:1: \"y\" is stated to be f32[3], but Relu infers f32[2]"},
      {"input %x: f32[2]\n%y: i32[2] = Relu(%x)", "is stated to be i32[2]"},
      {"input %x: f32[2]\n%y, %z = Relu(%x)", "computes 1 value, and the names given are 2"},
      {"input %x: f32[2]\n%y = Relu(%x) {a=1}", "3:6: unknown attribute \"a\""},
      {"input %x: f32[2]\n%y = LeakyRelu(%x) {alpha=1, alpha=1}", "attribute alpha stands twice"},
      {"input %x: f32[2]\n%y = LeakyRelu(%x) {alpha=\"1\"}", "3:6: attribute \"alpha\" must be"},
      {"input %x: f32[2]\n%y = LeakyRelu(%x) {alpha=one}", "3:27: "},
      {"input %x: f32[2]\n%y = Transpose(%x) {perm=[1,\"a\"]}", "numbers or strings, not both"},
      {"input %x: f32[2]\n%y = Relu(%x) as y", "expected the name of the node in quotes"},
      {"input %x: f32[2]\n%y = Relu(%x) as \"\\q\"", "3:18: "},
      {"output \"y\" = %x", "2:14: no value \"x\" stands above"},
      {"output y = %x", "2:8: expected the name of an output in quotes"},
      {"nonsense", "2:1: expected input, const, output, a value or '}'"},
  };
  for (const auto& [body, message] : cases) {
    EXPECT_THAT(parse_graph(fmt::format("graph \"g\" {{\n{}\n}}", body)),
                IsError(ErrorKind::kCorruptData, std::string(message)))
        << body;
  }
}

TEST(ParseGraph, RefusesTextAroundTheGraph) {
  EXPECT_THAT(parse_graph(""), IsError(ErrorKind::kCorruptData, "1:1: expected 'graph'"));
  EXPECT_THAT(parse_graph("graph g {}"),
              IsError(ErrorKind::kCorruptData, "1:7: expected the name"));
  EXPECT_THAT(parse_graph("graph \"g\" {"), IsError(ErrorKind::kCorruptData, "but the text ends"));
  EXPECT_THAT(parse_graph("graph \"g\" {} more"),
              IsError(ErrorKind::kCorruptData, "1:14: expected the end, not \"more\""));
}

TEST(ParseGraph, BoundsRanks) {
  std::string dims = "1";
  for (int i = 0; i < 64; ++i) dims += ",1";
  EXPECT_THAT(parse_graph(fmt::format("graph \"g\" {{ input %x: f32[{}] }}", dims)),
              IsError(ErrorKind::kCorruptData, "more than 64 dims"));
}

TEST(ParseValueInfo, ReadsTypes) {
  for (const std::string_view text : {"f32[N,3,8,8]", "i4[]", "bool[2*N + 1]", "bf16[0]"}) {
    const auto info = parse_value_info(text);
    ASSERT_THAT(info, IsOk()) << text;
    EXPECT_EQ(to_string(*info), text);
  }
  EXPECT_THAT(parse_value_info("f32[2] x"),
              IsError(ErrorKind::kCorruptData, "1:8: expected the end"));
  EXPECT_THAT(parse_value_info("f32"), IsError(ErrorKind::kCorruptData, "expected '['"));
}

}  // namespace
}  // namespace tenon::internal
