#include "tensor/dim.h"

#include "testing/matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace tenon::internal {
namespace {

using ::testing::ElementsAre;
using testing::IsError;
using testing::IsOkAndHolds;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

class DimTest : public ::testing::Test {
 protected:
  const Dim n = Dim::symbol("N");
  const Dim t = Dim::symbol("T");
  const Dim h = Dim::symbol("H");
};

std::string text(const Dim& dim) { return dim.to_string(); }

Dim parsed(std::string_view dim) {
  const auto result = Dim::parse(dim);
  EXPECT_THAT(result, testing::IsOk());
  return result.value_or(Dim(0));
}

TEST_F(DimTest, ConstantsAreNumbers) {
  const Dim five = 5;
  EXPECT_TRUE(five.is_constant());
  EXPECT_EQ(five.constant(), 5);
  EXPECT_EQ(five.as_constant(), 5);
  EXPECT_EQ(n.as_constant(), std::nullopt);
  EXPECT_EQ(five - 7, Dim(-2));
  EXPECT_EQ(five * -3, Dim(-15));
  EXPECT_EQ(Dim::floor_div(-7, 2), Dim(-4));
  EXPECT_EQ(Dim::floor_div(7, -2), Dim(-4));
  EXPECT_EQ(Dim::ceil_div(-7, 2), Dim(-3));
  EXPECT_EQ(Dim::ceil_div(7, 2), Dim(4));
  EXPECT_EQ(Dim::ceil_div(kMin, 2), Dim(kMin / 2));
  EXPECT_EQ(Dim::mod(-7, 3), Dim(2));
  EXPECT_EQ(Dim::mod(7, -3), Dim(-2));
  EXPECT_EQ(Dim::mod(kMin, -1), Dim(0));
  EXPECT_EQ(Dim::min(4, -4), Dim(-4));
  EXPECT_EQ(Dim::max(4, -4), Dim(4));
}

TEST_F(DimTest, SumsAndProductsAreCanonical) {
  EXPECT_EQ(n - n, Dim(0));
  EXPECT_EQ(n + t, t + n);
  EXPECT_EQ((n + 1) * (n - 1), n * n - 1);
  EXPECT_EQ((n + t) * (n + t), n * n + 2 * n * t + t * t);
  EXPECT_EQ(0 * n, Dim(0));
  EXPECT_NE(n, t);
  EXPECT_NE(n, n + 1);
  EXPECT_NE(n, 2 * n);
}

TEST_F(DimTest, TheTextHasTheLeadingTermFirst) {
  EXPECT_EQ(text(2 * n * t + Dim::floor_div(h, 2) - 1), "2*N*T + floor_div(H, 2) - 1");
  EXPECT_EQ(text(Dim(3) - n), "-N + 3");
  EXPECT_EQ(text(Dim(-7) * n * n - t), "-7*N*N - T");
  EXPECT_EQ(text(Dim(0)), "0");
  EXPECT_EQ(text(Dim(kMin)), "-9223372036854775808");
  EXPECT_EQ(text(n + Dim(kMin)), "N - 9223372036854775808");
}

TEST_F(DimTest, SymbolsHaveCleanNames) {
  EXPECT_EQ(n.as_symbol(), "N");
  EXPECT_EQ((n + 1).as_symbol(), "");
  EXPECT_EQ((2 * n).as_symbol(), "");
  EXPECT_EQ(Dim(1).as_symbol(), "");
  EXPECT_EQ(Dim::floor_div(n, 2).as_symbol(), "");
  EXPECT_EQ(Dim::symbol("batch size").as_symbol(), "batch_size");
  EXPECT_EQ(Dim::symbol_name("2x"), "_2x");
  EXPECT_EQ(Dim::symbol_name(".a"), "_.a");
  EXPECT_EQ(Dim::symbol_name(""), "_");
  EXPECT_EQ(Dim::symbol_name("a.b_C9"), "a.b_C9");
  EXPECT_EQ(Dim::symbol_name("\xC3\xA9"), "__");
  EXPECT_EQ(Dim::symbol_name(std::string(1000, 'x')), std::string(128, 'x'));
}

TEST_F(DimTest, SymbolNamesThatMustDifferAreNumbered) {
  std::set<std::string, std::less<>> taken;
  const auto add = [&](std::string_view text) {
    std::string name = Dim::unused_symbol_name(
        text, [&](std::string_view other) { return taken.contains(other); });
    EXPECT_EQ(Dim::symbol_name(name), name);
    EXPECT_TRUE(taken.insert(name).second) << name;
    return name;
  };
  EXPECT_EQ(add("x 1"), "x_1");
  EXPECT_EQ(add("x_1"), "x_1_1");
  const std::string longest(128, 'x');
  EXPECT_EQ(add(longest), longest);
  EXPECT_EQ(add(longest + "y"), std::string(126, 'x') + "_1");
  for (int i = 2; i < 12; ++i) add(longest);
}

TEST_F(DimTest, DivisionByAConstantPullsOutWhatItDivides) {
  EXPECT_EQ(Dim::floor_div(n, 1), n);
  EXPECT_EQ(Dim::floor_div(6 * n, 6), n);
  EXPECT_EQ(Dim::floor_div(6 * n + 4, 6), n);
  EXPECT_EQ(Dim::floor_div(6 * n - 1, 6), n - 1);
  EXPECT_EQ(Dim::floor_div(4 * n + t + 5, 4), n + 1 + Dim::floor_div(t + 1, 4));
  EXPECT_EQ(Dim::floor_div(n * 2048 * 257, 2048 * 257), n);
  EXPECT_EQ(text(Dim::floor_div(6 * n + 5, 4)), "floor_div(3*N, 2) + 1");
  EXPECT_EQ(Dim::floor_div(n, -2), Dim::floor_div(Dim(0) - n, 2));
}

TEST_F(DimTest, NestedDivisionsByConstantsMerge) {
  EXPECT_EQ(Dim::floor_div(Dim::floor_div(n, 3), 4), Dim::floor_div(n, 12));
  // Two convolutions of stride 2 and kernel 3, padded by 1: ((H-1)/2 + 1 - 1)/2 + 1.
  const Dim once = Dim::floor_div(h + 2 - 3, 2) + 1;
  const Dim twice = Dim::floor_div(once + 2 - 3, 2) + 1;
  EXPECT_EQ(twice, Dim::floor_div(h - 1, 4) + 1);
}

TEST_F(DimTest, CeilAndFloorMeetInOneForm) {
  EXPECT_EQ(Dim::ceil_div(n, 2), Dim::floor_div(n + 1, 2));
  EXPECT_EQ(Dim::ceil_div(n, t), Dim(0) - Dim::floor_div(Dim(0) - n, t));
  EXPECT_EQ(Dim::ceil_div(4 * n, 4), n);
  EXPECT_EQ(text(Dim::ceil_div(n, 8)), "floor_div(N + 7, 8)");
}

TEST_F(DimTest, PolynomialsDivideExactly) {
  EXPECT_EQ(Dim::exact_div(6 * n * t, 2 * n), 3 * t);
  EXPECT_EQ(Dim::exact_div(n * t + n, t + 1), n);
  EXPECT_EQ(Dim::exact_div(n * n - 1, n + 1), n - 1);
  EXPECT_EQ(Dim::exact_div(n + t, n + t), Dim(1));
  EXPECT_EQ(Dim::exact_div(0, n), Dim(0));
  EXPECT_EQ(Dim::exact_div(n * t, n * n), std::nullopt);
  EXPECT_EQ(Dim::exact_div(n + 1, n), std::nullopt);
  EXPECT_EQ(Dim::exact_div(3 * n, 2), std::nullopt);
  EXPECT_EQ(Dim::exact_div(2 * n + 1, 2), std::nullopt);
  EXPECT_EQ(Dim::exact_div(7, n), std::nullopt);
  EXPECT_EQ(Dim::exact_div(n, 0), std::nullopt);
  EXPECT_EQ(Dim::exact_div(0, 0), std::nullopt);
  EXPECT_EQ(Dim::floor_div(n * t * 64, n * 8), 8 * t);
  EXPECT_EQ(Dim::floor_div(n * t * 64, t - t + n * t * 64), Dim(1));
}

TEST_F(DimTest, ModuloOfMultiplesIsZero) {
  EXPECT_EQ(Dim::mod(n, 1), Dim(0));
  EXPECT_EQ(Dim::mod(6 * n, 3), Dim(0));
  EXPECT_EQ(Dim::mod(6 * n + 4, 3), Dim(1));
  EXPECT_EQ(Dim::mod(n * t, n), Dim(0));
  EXPECT_EQ(text(Dim::mod(7 * n - 1, 3)), "mod(N + 2, 3)");
  EXPECT_EQ(Dim::mod(n, -3), Dim(0) - Dim::mod(Dim(0) - n, 3));
}

TEST_F(DimTest, RangesOfAllExtentsBeginAtZero) {
  EXPECT_EQ((2 * n + 1).range(), (DimRange{1, 2 * kMaxSymbol + 1}));
  EXPECT_TRUE((n + 1).is_at_least(1));
  EXPECT_FALSE((n - 1).is_at_least(0));
  EXPECT_TRUE((kMaxSymbol - n).is_at_least(0));
  EXPECT_FALSE(Dim::floor_div(n, t).is_at_least(0)) << "T may be 0";
  EXPECT_TRUE(Dim(7).is_at_least(7));
}

TEST_F(DimTest, HaveNoValueWhereBoundsShowThatNoneIsRight) {
  EXPECT_TRUE(n.may_have_value({}));
  EXPECT_TRUE(Dim::floor_div(n, t).may_have_value({})) << "nothing is known of T";
  EXPECT_TRUE(Dim::floor_div(n, t).may_have_value({{"T", {0, 1}}}));
  EXPECT_FALSE(Dim::floor_div(n, t).may_have_value({{"T", {0, 0}}}));
  EXPECT_FALSE(Dim::floor_div(1, 0).may_have_value({}));
  EXPECT_FALSE((n + 2 * Dim::mod(h, 0)).may_have_value({}));
  EXPECT_FALSE(Dim::max(Dim::broadcast(2, 3), n).may_have_value({}));
  EXPECT_FALSE((Dim(kMin) - 1).may_have_value({})) << "it does not fit 64 bits";
  const Dim both = Dim::broadcast(n, t);
  EXPECT_TRUE(both.may_have_value({{"N", {2, 4}}}));
  EXPECT_TRUE(both.may_have_value({{"N", {2, 4}}, {"T", {4, 8}}}));
  EXPECT_FALSE(both.may_have_value({{"N", {2, 4}}, {"T", {5, 8}}}));
}

TEST_F(DimTest, BroadcastWithinRangesWhereTheyMeetOrHoldOne) {
  const auto may = [&](DimRange of_n, const Dim& other) {
    return Dim::may_broadcast(n, other, {{"N", of_n}, {"T", {5, 8}}});
  };
  EXPECT_TRUE(may({1, 4}, t));
  EXPECT_TRUE(may({2, 5}, t));
  EXPECT_FALSE(may({2, 4}, t));
  EXPECT_FALSE(may({9, 9}, t));
  EXPECT_FALSE(may({0, 0}, t));
  EXPECT_TRUE(may({0, 0}, 1));
  EXPECT_FALSE(may({4, 6}, 3));
  EXPECT_TRUE(may({4, 6}, h)) << "nothing is known of H";
}

TEST_F(DimTest, BroadcastsKeepWhatTheyCannotDecide) {
  EXPECT_EQ(Dim::broadcast(n, n), n);
  EXPECT_EQ(Dim::broadcast(n, 1), n);
  EXPECT_EQ(Dim::broadcast(1, 1), Dim(1));
  // The other one is 1 or the constant too.
  EXPECT_EQ(Dim::broadcast(n, 4), Dim(4));
  EXPECT_EQ(Dim::broadcast(0, n), Dim(0));
  EXPECT_EQ(text(Dim::broadcast(n, t)), "broadcast(N, T)");
  EXPECT_EQ(Dim::broadcast(n, t), Dim::broadcast(t, n));
  EXPECT_EQ(Dim::broadcast(Dim::broadcast(n, t), n), Dim::broadcast(n, t));
  EXPECT_EQ(Dim::broadcast(Dim::broadcast(n, t), 4), Dim(4));
  EXPECT_EQ(text(Dim::broadcast(2, 3)), "broadcast(2, 3)");
  EXPECT_EQ(Dim::broadcast(Dim::broadcast(n, 2), 3), Dim::broadcast(2, 3));
}

TEST_F(DimTest, BroadcastsEvaluateAsNumPyDoes) {
  const Dim both = Dim::broadcast(n, t);
  const auto value = [&](int64_t x, int64_t y) { return both.evaluate({{"N", x}, {"T", y}}); };
  EXPECT_THAT(value(3, 3), IsOkAndHolds(3));
  EXPECT_THAT(value(1, 3), IsOkAndHolds(3));
  EXPECT_THAT(value(3, 1), IsOkAndHolds(3));
  EXPECT_THAT(value(0, 1), IsOkAndHolds(0));
  EXPECT_THAT(value(1, 1), IsOkAndHolds(1));
  EXPECT_THAT(value(2, 3), IsError(ErrorKind::kInvalidArgument, "2 does not broadcast to 3"));
  EXPECT_THAT(value(0, 3), IsError(ErrorKind::kInvalidArgument, "does not broadcast"));
  EXPECT_EQ(both.range({{"N", {0, 4}}, {"T", {1, 9}}}), (DimRange{0, 9}));
  EXPECT_EQ(both.range({{"N", {2, 4}}, {"T", {1, 9}}}), (DimRange{2, 9}));
  EXPECT_EQ(both.substitute({{"T", 1}}), n);
}

TEST_F(DimTest, MinimumAndMaximumDropWhatCannotWin) {
  EXPECT_EQ(Dim::min(n, n), n);
  EXPECT_EQ(Dim::min(n, n + 3), n);
  EXPECT_EQ(Dim::max(n, n + 3), n + 3);
  EXPECT_EQ(Dim::min(n, kMax), n);
  EXPECT_EQ(Dim::max(kMin, n), n);
  EXPECT_EQ(Dim::min(kMax, kMax), Dim(kMax));
  EXPECT_EQ(Dim::min(n, t), Dim::min(t, n));
  EXPECT_EQ(Dim::min(Dim::min(n, 5), 3), Dim::min(n, 3));
  EXPECT_EQ(Dim::min(Dim::min(n, t), n), Dim::min(n, t));
  EXPECT_EQ(Dim::min(n, Dim::min(t, h)), Dim::min(Dim::min(h, n), t));
  EXPECT_NE(Dim::min(n, t), Dim::max(n, t));
}

TEST_F(DimTest, CompareIsAnOrderOfForms) {
  const std::vector<Dim> dims = {0, 7, n, n + 1, t, n * t, Dim::floor_div(n, 2), Dim::min(n, t)};
  for (const Dim& a : dims) {
    for (const Dim& b : dims) {
      EXPECT_EQ(Dim::compare(a, b), -Dim::compare(b, a));
      EXPECT_EQ(Dim::compare(a, b) == 0, a == b);
    }
  }
}

TEST_F(DimTest, EvaluatesWithBindings) {
  const Dim dim = 2 * n * t + Dim::floor_div(h, 2) - 1;
  EXPECT_THAT(dim.evaluate({{"N", 3}, {"T", 5}, {"H", 7}}), IsOkAndHolds(32));
  EXPECT_THAT(Dim(9).evaluate({}), IsOkAndHolds(9));
  EXPECT_THAT(Dim::mod(n, t).evaluate({{"N", -7}, {"T", 3}}), IsOkAndHolds(2));
  EXPECT_THAT(Dim::max(n, t).evaluate({{"N", -7}, {"T", 3}}), IsOkAndHolds(3));
}

TEST_F(DimTest, EvaluationReportsWhatIsWrong) {
  EXPECT_THAT((n + t).evaluate({{"N", 1}}), IsError(ErrorKind::kNotFound, "\"T\""));
  EXPECT_THAT((n + t).evaluate({{"N", 1}}), IsError(ErrorKind::kNotFound, "dimension N + T"));
  EXPECT_THAT((n * t).evaluate({{"N", kMax}, {"T", 2}}),
              IsError(ErrorKind::kInvalidArgument, "64 bits"));
  EXPECT_THAT((n + 1).evaluate({{"N", kMax}}), IsError(ErrorKind::kInvalidArgument, "64 bits"));
  EXPECT_THAT(Dim::floor_div(n, t).evaluate({{"N", 4}, {"T", 0}}),
              IsError(ErrorKind::kInvalidArgument, "divided by T"));
  EXPECT_THAT(Dim::mod(n, t).evaluate({{"N", 4}, {"T", 0}}),
              IsError(ErrorKind::kInvalidArgument, "divided by T"));
  EXPECT_THAT(Dim::floor_div(n, t).evaluate({{"N", kMin}, {"T", -1}}),
              IsError(ErrorKind::kInvalidArgument, "64 bits"));
  EXPECT_THAT(Dim::floor_div(n, 0).evaluate({{"N", 4}}),
              IsError(ErrorKind::kInvalidArgument, "divided by 0"));
}

TEST_F(DimTest, WhatDoesNotFitStaysSymbolicAndIsReported) {
  const Dim overflow = Dim(kMax) + 1;
  EXPECT_FALSE(overflow.is_constant());
  EXPECT_EQ(text(overflow), "overflow()");
  EXPECT_EQ(parsed("overflow()"), overflow);
  EXPECT_THAT(overflow.evaluate({}), IsError(ErrorKind::kInvalidArgument, "overflow()"));
  EXPECT_EQ(overflow.range({}), std::nullopt);
  EXPECT_EQ(Dim::exact_div(overflow, overflow), std::nullopt);
  for (const Dim& dim :
       {overflow - overflow, 0 * overflow, overflow * n, n + overflow, Dim::floor_div(overflow, 2),
        Dim::mod(n, overflow), Dim::min(overflow, 0), Dim::max(n, overflow),
        overflow.substitute({{"N", 1}}), Dim(kMin) * -1, kMax * n * 2, kMax * n + n,
        Dim::floor_div(kMin, -1), Dim::ceil_div(overflow, n)}) {
    EXPECT_EQ(dim, overflow) << text(dim);
  }
}

TEST_F(DimTest, ExpressionsStopGrowing) {
  Dim dim = n;
  for (int i = 0; i < 100; ++i) {
    dim = Dim::floor_div(dim * t + Dim::mod(dim, h), Dim::symbol("S" + std::to_string(i)));
  }
  EXPECT_EQ(text(dim), "overflow()");
  Dim sum = 0;
  for (int i = 0; i < 200; ++i) sum = sum + Dim::symbol("S" + std::to_string(i));
  EXPECT_NE(text(sum), "overflow()");
  EXPECT_EQ(text(sum * sum), "overflow()");
}

TEST_F(DimTest, SubstitutesDimsForSymbols) {
  const Dim dim = Dim::floor_div(n * t + h, 4);
  EXPECT_EQ(dim.substitute({{"N", 8}, {"H", 3}}), 2 * t + Dim::floor_div(3, 4));
  EXPECT_EQ(dim.substitute({{"N", t}, {"T", n}}), dim);
  EXPECT_EQ(dim.substitute({}), dim);
  EXPECT_EQ(Dim::floor_div(n, t).substitute({{"T", 0}}), Dim::floor_div(n, 0));
}

TEST_F(DimTest, RangesFollowTheSymbols) {
  const SymbolRanges ranges = {{"N", {1, 8}}, {"T", {-2, 3}}, {"H", {16, 64}}};
  EXPECT_EQ((2 * n + 1).range(ranges), (DimRange{3, 17}));
  EXPECT_EQ((n * t).range(ranges), (DimRange{-16, 24}));
  EXPECT_EQ(Dim::floor_div(h, n).range(ranges), (DimRange{2, 64}));
  EXPECT_EQ(Dim::mod(n, 9).range(ranges), (DimRange{1, 8}));
  EXPECT_EQ(Dim::mod(t, 9).range(ranges), (DimRange{0, 8}));
  EXPECT_EQ(Dim::mod(t, 2).range(ranges), (DimRange{0, 1}));
  EXPECT_EQ(Dim::mod(n, Dim(0) - h).range(ranges), (DimRange{-63, 0}));
  EXPECT_EQ(Dim::min(n, t).range(ranges), (DimRange{-2, 3}));
  EXPECT_EQ(Dim::max(n, t).range(ranges), (DimRange{1, 8}));
  EXPECT_EQ(Dim::floor_div(n, t).range(ranges), std::nullopt);
  EXPECT_EQ((n * Dim::symbol("X")).range(ranges), std::nullopt);
  EXPECT_EQ((kMax * n).range(ranges), std::nullopt);
}

TEST_F(DimTest, CollectsSymbolsAtAnyDepth) {
  std::set<std::string> names;
  (n + Dim::floor_div(Dim::max(h, 3), t)).collect_symbols(names);
  EXPECT_THAT(names, ElementsAre("H", "N", "T"));
}

TEST_F(DimTest, ParsesMoreThanTheCanonicalForm) {
  EXPECT_EQ(parsed(" ( N+1 )*( N-1 ) "), n * n - 1);
  EXPECT_EQ(parsed("ceil_div(N,2)"), Dim::floor_div(n + 1, 2));
  EXPECT_EQ(parsed("N - -3"), n + 3);
  EXPECT_EQ(parsed("--N"), n);
  EXPECT_EQ(parsed("- (N + 2)"), Dim(-2) - n);
  EXPECT_EQ(parsed("2*-N"), -2 * n);
  EXPECT_EQ(parsed("-9223372036854775808*N"), kMin * n);
  EXPECT_EQ(parsed("min"), Dim::symbol("min"));
  EXPECT_EQ(parsed("min(min, overflow)"), Dim::min(Dim::symbol("min"), Dim::symbol("overflow")));
}

TEST_F(DimTest, RefusesWhatIsNoDimension) {
  const auto expect = [](std::string_view bad, const char* message) {
    EXPECT_THAT(Dim::parse(bad), IsError(ErrorKind::kCorruptData, message)) << bad;
  };
  expect("", "a number, a symbol or a function at offset 0");
  expect("N +", "offset 3");
  expect("N T", "an operator or the end at offset 2");
  expect("N/2", "an operator or the end at offset 1");
  expect("2N", "offset 1");
  expect("*N", "offset 0");
  expect("(N", "\")\" at offset 2");
  expect("min(N)", "\",\" at offset 5");
  expect("min(N, T", "\")\" at offset 8");
  expect("sqrt(N, T)", "floor_div, ceil_div, mod, min, max or broadcast");
  expect("overflow(1)", "\")\" at offset 9");
  expect("9223372036854775808", "fits 64 bits at offset 0");
  expect("-9223372036854775809", "fits 64 bits");
  expect(".N", "offset 0");
  expect(std::string_view("N\0", 2), "offset 1");
  expect(std::string(129, 'x'), "a symbol");
}

TEST_F(DimTest, RefusesTextThatIsTooLongOrTooDeep) {
  EXPECT_THAT(Dim::parse(std::string(100'000, ' ') + "N"),
              IsError(ErrorKind::kCorruptData, "the limit"));
  EXPECT_THAT(Dim::parse(std::string(50'000, '(')),
              IsError(ErrorKind::kCorruptData, "fewer nested parentheses at offset 256"));
  EXPECT_EQ(parsed(std::string(200, '(') + "N" + std::string(200, ')')), n);
  EXPECT_EQ(parsed(std::string(50'000, '-') + "N"), n);
}

}  // namespace
}  // namespace tenon::internal
