#include "base/text.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "testing/matchers.h"

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;
using testing::IsOkAndHolds;

TEST(Counted, HasAnSUnlessThereIsOne) {
  EXPECT_EQ(counted(0, "dim"), "0 dims");
  EXPECT_EQ(counted(size_t{1}, "dim"), "1 dim");
  EXPECT_EQ(counted(int64_t{2}, "dim"), "2 dims");
}

TEST(Counted, TakesThePluralOfOtherNouns) {
  EXPECT_EQ(counted(1, "axis", "axes"), "1 axis");
  EXPECT_EQ(counted(3, "axis", "axes"), "3 axes");
}

TEST(Join, PutsSeparatorsBetweenItems) {
  EXPECT_EQ(join(std::vector<int>{}), "");
  EXPECT_EQ(join(std::vector<int>{4}), "4");
  EXPECT_EQ(join(std::array{1, 2, 3}, "x"), "1x2x3");
  const std::map<int, std::string> map = {{1, "a"}, {2, "b"}};
  EXPECT_EQ(join(map, ", ", [](const auto& item) { return item.second; }), "a, b");
}

TEST(Split, GivesOnePieceMoreThanSeparators) {
  using Pieces = std::vector<std::string_view>;
  EXPECT_EQ(split("", ','), Pieces{""});
  EXPECT_EQ(split("a", ','), Pieces{"a"});
  EXPECT_EQ(split(",a,,b,", ','), (Pieces{"", "a", "", "b", ""}));
}

TEST(Quote, EscapesWhatTextCannotHold) {
  EXPECT_EQ(quote(""), R"("")");
  EXPECT_EQ(quote("a \"b\" \\ c"), R"("a \"b\" \\ c")");
  EXPECT_EQ(quote("\n\r\t"), R"("\n\r\t")");
  EXPECT_EQ(quote(std::string_view("\0\x1f\x7f", 3)), R"("\x00\x1f\x7f")");
}

TEST(Quote, KeepsUtf8AndEscapesWhatIsNot) {
  for (const std::string_view good :
       {"\u00e9", "\u20ac", "\u6f22\u5b57", "\U0001f600", "\ud7ff", "\ue000", "\U0010ffff"}) {
    EXPECT_EQ(quote(good), "\"" + std::string(good) + "\"");
  }
  EXPECT_EQ(quote("\xC3"), R"("\xc3")") << "cut short";
  EXPECT_EQ(quote("\xC0\xAF"), R"("\xc0\xaf")") << "overlong, two bytes";
  EXPECT_EQ(quote("\xE0\x80\xAF"), R"("\xe0\x80\xaf")") << "overlong, three bytes";
  EXPECT_EQ(quote("\xF0\x80\x80\xAF"), R"("\xf0\x80\x80\xaf")") << "overlong, four bytes";
  EXPECT_EQ(quote("\xED\xA0\x80"), R"("\xed\xa0\x80")") << "a surrogate";
  EXPECT_EQ(quote("\xF4\x90\x80\x80"), R"("\xf4\x90\x80\x80")") << "above U+10FFFF";
  EXPECT_EQ(quote("\xE2\x82x"), R"("\xe2\x82x")") << "the third byte is no continuation";
}

TEST(Unquote, InvertsQuoteForAnyBytes) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 12, '\0');
    for (char& c : text) c = static_cast<char>(random());
    ASSERT_THAT(unquote(quote(text)), IsOkAndHolds(text));
  }
}

TEST(Unquote, SaysWhatIsWrongAndWhere) {
  constexpr ErrorKind kKind = ErrorKind::kInvalidArgument;
  EXPECT_THAT(unquote(""), IsError(kKind, "offset 0"));
  EXPECT_THAT(unquote("abc"), IsError(kKind, "expected '\"'"));
  EXPECT_THAT(unquote("\"abc"), IsError(kKind, "offset 4: the closing"));
  EXPECT_THAT(unquote(R"("ab\")"), IsError(kKind, "closing"));
  EXPECT_THAT(unquote(R"("a\q")"), IsError(kKind, "offset 2: unknown escape"));
  EXPECT_THAT(unquote("\"a\\"), IsError(kKind, "offset 2: unknown escape"));
  EXPECT_THAT(unquote(R"("\x4")"), IsError(kKind, "offset 1: \\x needs two"));
  EXPECT_THAT(unquote(R"("\x4g")"), IsError(kKind, "two hexadecimal"));
  EXPECT_THAT(unquote("\"a\nb\""), IsError(kKind, "offset 2: control"));
  EXPECT_THAT(unquote("\"a\" "), IsError(kKind, "offset 3: text after"));
}

TEST(TakeQuoted, RemovesTheLiteralAndNothingElse) {
  std::string_view text = R"("a\"b", "c")";
  EXPECT_THAT(take_quoted(text), IsOkAndHolds("a\"b"));
  EXPECT_EQ(text, R"(, "c")");
  EXPECT_FALSE(take_quoted(text).ok());
  EXPECT_EQ(text, R"(, "c")");
  std::string_view open = "\"abc";
  EXPECT_FALSE(take_quoted(open).ok());
  EXPECT_EQ(open, "\"abc");
}

TEST(NumberText, IsShortest) {
  EXPECT_EQ(number_text(0.1f), "0.1");
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(1e30f), "1e+30");
  EXPECT_EQ(number_text(-0.0), "-0");
  EXPECT_EQ(number_text(3.0f), "3");
  EXPECT_EQ(number_text(std::numeric_limits<float>::infinity()), "inf");
  EXPECT_EQ(number_text(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(number_text(-std::numeric_limits<float>::quiet_NaN()), "nan");
}

TEST(NumberText, ReadsBackAsTheSameBits) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    const auto f = std::bit_cast<float>(static_cast<uint32_t>(random()));
    const auto d = std::bit_cast<double>(static_cast<uint64_t>(random()));
    if (!std::isnan(f)) {
      const auto read = parse_number<float>(number_text(f));
      ASSERT_THAT(read, IsOk());
      ASSERT_EQ(std::bit_cast<uint32_t>(*read), std::bit_cast<uint32_t>(f));
    }
    if (!std::isnan(d)) {
      const auto read = parse_number<double>(number_text(d));
      ASSERT_THAT(read, IsOk());
      ASSERT_EQ(std::bit_cast<uint64_t>(*read), std::bit_cast<uint64_t>(d));
    }
  }
  EXPECT_TRUE(std::isnan(parse_number<float>("nan").value()));
}

TEST(ParseNumber, TakesTheWholeTextOrNothing) {
  EXPECT_THAT(parse_number<int>("-17"), IsOkAndHolds(-17));
  EXPECT_THAT(parse_number<int64_t>("9223372036854775807"), IsOkAndHolds(INT64_MAX));
  EXPECT_THAT(parse_number<uint64_t>("18446744073709551615"), IsOkAndHolds(UINT64_MAX));
  constexpr ErrorKind kKind = ErrorKind::kInvalidArgument;
  EXPECT_THAT(parse_number<int64_t>("9223372036854775808"), IsError(kKind, "out of range"));
  EXPECT_THAT(parse_number<int>("2147483648"), IsError(kKind, "out of range"));
  EXPECT_THAT(parse_number<float>("1e99"), IsError(kKind, "out of range"));
  EXPECT_THAT(parse_number<uint64_t>("-1"), IsError(kKind, "\"-1\" is not a whole number"));
  for (const std::string_view bad : {"", " 1", "+1", "1 ", "1x", "0x1"}) {
    EXPECT_THAT(parse_number<int>(bad), IsError(kKind, "not a whole number")) << bad;
  }
  EXPECT_THAT(parse_number<double>("1.5.2"), IsError(kKind, "is not a number"));
}

TEST(HumanBytes, ShowsThreeDigits) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1023), "1023 B");
  EXPECT_EQ(human_bytes(1024), "1.00 KiB");
  EXPECT_EQ(human_bytes(1536), "1.50 KiB");
  EXPECT_EQ(human_bytes((1u << 20) - 1), "1.00 MiB") << "not 1024 KiB";
  EXPECT_EQ(human_bytes(35'861'299), "34.2 MiB");
  EXPECT_EQ(human_bytes(512u << 20), "512 MiB");
  EXPECT_EQ(human_bytes(4ull << 30), "4.00 GiB");
  EXPECT_EQ(human_bytes(UINT64_MAX), "16.0 EiB");
}

TEST(EditDistance, CountsChangesAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("Cnov", "Conv"), 1u);
  EXPECT_EQ(edit_distance("abcd", "badc"), 2u);
}

TEST(DidYouMean, NamesTheNearestOrNothing) {
  constexpr std::array<std::string_view, 4> kNames = {"Conv", "ConvTranspose", "Relu", "PRelu"};
  EXPECT_EQ(did_you_mean("Cnov", kNames), "; did you mean \"Conv\"?");
  EXPECT_EQ(did_you_mean("relu", kNames), "; did you mean \"Relu\"?") << "case is ignored";
  EXPECT_EQ(did_you_mean("ConvTranpose", kNames), "; did you mean \"ConvTranspose\"?");
  EXPECT_EQ(did_you_mean("Softmax", kNames), "");
  EXPECT_EQ(did_you_mean("", kNames), "");
  EXPECT_EQ(did_you_mean("Conv", {}), "");
}

}  // namespace
}  // namespace tenon::internal
