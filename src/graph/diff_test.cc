#include "graph/text.h"

#include "testing/graph_builder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tenon::internal {
namespace {

using testing::graph_of_text;

TEST(DiffLines, IsEmptyForEqualTexts) {
  EXPECT_EQ(diff_lines("a\nb\n", "a\nb\n"), "");
  EXPECT_EQ(diff_lines("", ""), "");
}

TEST(DiffLines, ShowsThreeLinesOfContext) {
  EXPECT_EQ(diff_lines("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n"),
            "  2\n  3\n  4\n- 5\n+ x\n  6\n  7\n  8\n");
}

TEST(DiffLines, MarksWhatIsLeftOutBetweenChanges) {
  std::string before = "a\n";
  for (int i = 0; i < 9; ++i) before += fmt::format("{}\n", i);
  const std::string after = "b\n" + before.substr(2) + "c\n";
  EXPECT_EQ(diff_lines(before, after), "- a\n+ b\n  0\n  1\n  2\n…\n  6\n  7\n  8\n+ c\n");
}

TEST(DiffLines, ShowsAMovedLineOnce) {
  EXPECT_EQ(diff_lines("m\na\nb\nc\n", "a\nb\nc\nm\n"), "- m\n  a\n  b\n  c\n+ m\n");
}

TEST(DiffLines, TakesEmptyTexts) {
  EXPECT_EQ(diff_lines("", "a\nb\n"), "+ a\n+ b\n");
  EXPECT_EQ(diff_lines("a\n", ""), "- a\n");
}

// Without the left-out lines a diff says what both texts are.
TEST(DiffLines, KeepsEveryLineOfRandomTexts) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    const auto text = [&random] {
      std::string lines;
      for (auto n = random() % 7; n > 0; --n) lines += fmt::format("{}\n", random() % 5);
      return lines;
    };
    const std::string before = text();
    const std::string after = text();
    const std::string diff = diff_lines(before, after);
    if (diff.find("…") != std::string::npos || (diff.empty() && before == after)) continue;
    std::string minus;
    std::string plus;
    for (size_t at = 0; at < diff.size();) {
      const size_t end = diff.find('\n', at) + 1;
      const std::string line = diff.substr(at + 2, end - at - 2);
      if (diff[at] != '+') minus += line;
      if (diff[at] != '-') plus += line;
      at = end;
    }
    EXPECT_TRUE(before.find(minus) != std::string::npos) << diff;
    EXPECT_TRUE(after.find(plus) != std::string::npos) << diff;
    EXPECT_EQ(before.size() - minus.size(), after.size() - plus.size()) << diff;
  }
}

constexpr std::string_view kBase = R"(graph "g" {
  input %x: f32[2]
  const %c: f32[2] = [1, nan]
  %y = Add(%x, %c) as "n"
  %z = LeakyRelu(%y) {alpha=nan}
  output "y" = %z
})";

TEST(SameGraph, HoldsForACopyWithNaNs) {
  EXPECT_TRUE(same_graph(graph_of_text(kBase), graph_of_text(kBase)));
}

TEST(SameGraph, SeesEveryDifference) {
  const std::pair<std::string_view, std::string_view> edits[] = {
      {"\"g\"", "\"h\""},       {"x: f32[2]", "x: f32[1]"},       {"[1, nan]", "[2, nan]"},
      {"as \"n\"", "as \"m\""}, {"Add(%x, %c)", "Sub(%x, %c)"},   {"Add(%x, %c)", "Add(%c, %x)"},
      {"alpha=nan", "alpha=1"}, {"output \"y\"", "output \"z\""}, {"\"y\" = %z", "\"y\" = %y"}};
  for (const auto& [from, to] : edits) {
    std::string edited(kBase);
    edited.replace(edited.find(from), from.size(), to);
    EXPECT_FALSE(same_graph(graph_of_text(kBase), graph_of_text(edited))) << edited;
  }
}

}  // namespace
}  // namespace tenon::internal
