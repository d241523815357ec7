#include "base/try.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

namespace tenon::internal {
namespace {

Result<int> number(bool good) {
  if (good) return 5;
  return Error(ErrorKind::kNotFound, "no number");
}

Status check(bool good) {
  if (good) return ok_status();
  return Error(ErrorKind::kBusy, "not now");
}

TEST(Try, GivesTheValueOrReturnsTheError) {
  const auto twice = [](bool good) -> Result<int> { return TRY(number(good)) * 2; };
  EXPECT_EQ(twice(true).value(), 10);
  EXPECT_EQ(twice(false).error().message(), "no number");
}

TEST(Try, ChangesTheTypeOfTheResult) {
  const auto text = [](bool good) -> Result<std::string> {
    const int value = TRY(number(good));
    return std::to_string(value);
  };
  EXPECT_EQ(text(true).value(), "5");
  EXPECT_EQ(text(false).error().kind(), ErrorKind::kNotFound);
  const auto status = [](bool good) -> Status {
    EXPECT_EQ(TRY(number(good)), 5);
    return ok_status();
  };
  EXPECT_TRUE(status(true).ok());
  EXPECT_FALSE(status(false).ok());
}

TEST(Try, PassesStatus) {
  int reached = 0;
  const auto run = [&](bool good) -> Status {
    TRY(check(good));
    ++reached;
    TRY_STATUS(check(good));
    ++reached;
    return ok_status();
  };
  EXPECT_TRUE(run(true).ok());
  EXPECT_EQ(reached, 2);
  EXPECT_EQ(run(false).error().message(), "not now");
  EXPECT_EQ(reached, 2);
}

TEST(Try, MovesMoveOnlyValues) {
  const auto run = []() -> Result<std::unique_ptr<int>> {
    Result<std::unique_ptr<int>> made = std::make_unique<int>(4);
    std::unique_ptr<int> value = TRY(std::move(made));
    return value;
  };
  EXPECT_EQ(*run().value(), 4);
}

TEST(Try, EvaluatesTheExpressionOnce) {
  int calls = 0;
  const auto count = [&]() -> Result<int> { return ++calls; };
  const auto run = [&]() -> Result<int> { return TRY(count()); };
  EXPECT_EQ(run().value(), 1);
  EXPECT_EQ(calls, 1);
}

TEST(Try, NestsAndTakesCommas) {
  const auto add = [](int a, int b) -> Result<int> { return a + b; };
  const auto run = [&](bool good) -> Result<int> { return TRY(add(TRY(number(good)), 1)); };
  EXPECT_EQ(run(true).value(), 6);
  EXPECT_FALSE(run(false).ok());
  const auto map = []() -> Result<size_t> {
    return TRY(Result<std::map<int, int>>(std::map<int, int>{{1, 2}})).size();
  };
  EXPECT_EQ(map().value(), 1u);
}

TEST(TryContext, AddsALineAndMakesItOnAnErrorOnly) {
  int texts = 0;
  const auto text = [&] {
    ++texts;
    return std::string("while counting");
  };
  const auto run = [&](bool good) -> Result<int> { return TRY_CONTEXT(number(good), text()); };
  EXPECT_TRUE(run(true).ok());
  EXPECT_EQ(texts, 0);
  EXPECT_EQ(run(false).error().message(), "no number\nwhile counting");
  EXPECT_EQ(texts, 1);
  const auto status = [](bool good) -> Status {
    TRY_CONTEXT(check(good), "while checking");
    return ok_status();
  };
  EXPECT_EQ(status(false).error().message(), "not now\nwhile checking");
}

}  // namespace
}  // namespace tenon::internal
