#include "base/text_tokens.h"

#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;
using Kind = Token::Kind;

TEST(TokenReader, SplitsAText) {
  TokenReader tokens("word %a.b/c-d:%\"q \\\" %\" \"s\" -1.5e-3 -inf [,");
  const std::vector<std::pair<Kind, std::string_view>> expected = {
      {Kind::kWord, "word"},    {Kind::kValue, "%a.b/c-d"},
      {Kind::kMark, ":"},       {Kind::kValue, "%\"q \\\" %\""},
      {Kind::kString, "\"s\""}, {Kind::kNumber, "-1.5e-3"},
      {Kind::kNumber, "-inf"},  {Kind::kMark, "["},
      {Kind::kMark, ","},       {Kind::kEnd, ""}};
  for (const auto& [kind, text] : expected) {
    EXPECT_EQ(tokens.peek().kind, kind) << text;
    EXPECT_EQ(tokens.next().text, text);
  }
  EXPECT_EQ(tokens.next().kind, Kind::kEnd);
}

TEST(TokenReader, TakesOnlyWhatIsAskedFor) {
  TokenReader tokens("graph \"x\" {");
  EXPECT_FALSE(tokens.take("node"));
  EXPECT_TRUE(tokens.take("graph"));
  EXPECT_THAT(tokens.expect("{"), IsError(ErrorKind::kCorruptData, "1:7: expected '{', not"));
  EXPECT_THAT(tokens.expect(Kind::kString, "a name"), IsOk());
  EXPECT_THAT(tokens.expect("{"), IsOk());
  EXPECT_THAT(tokens.expect(Kind::kWord, "a word"),
              IsError(ErrorKind::kCorruptData, "1:12: expected a word, but the text ends"));
}

TEST(TokenReader, ReadsExpressionsWithCommasInParentheses) {
  TokenReader tokens("[ floor_div(H, 2) + 1, N ]");
  ASSERT_TRUE(tokens.take("["));
  EXPECT_EQ(tokens.take_expression(), "floor_div(H, 2) + 1");
  EXPECT_TRUE(tokens.take(","));
  EXPECT_EQ(tokens.take_expression(), "N ");
  EXPECT_TRUE(tokens.take("]"));
}

TEST(TokenReader, CountsLinesAndColumnsFromOne) {
  TokenReader tokens("a\n\n  b");
  EXPECT_EQ(tokens.error_at(0, "x").message(), "1:1: x");
  tokens.next();
  EXPECT_EQ(tokens.expected("c").message(), "3:3: expected c, not \"b\"");
}

TEST(TokenReader, TakesAQuoteThatDoesNotEnd) {
  TokenReader tokens("\"abc\\");
  EXPECT_EQ(tokens.next().text, "\"abc\\");
  EXPECT_EQ(tokens.next().kind, Kind::kEnd);
}

TEST(TokenReader, ShortensLongTokensInMessages) {
  const std::string text(1000, 'x');
  EXPECT_LT(TokenReader(text).expected("a mark").message().size(), 100U);
}

}  // namespace
}  // namespace tenon::internal
