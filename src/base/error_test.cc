#include <gtest/gtest.h>
#include <tenon/error.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tenon {
namespace {

static_assert(!std::is_convertible_v<Result<int>, bool>);
static_assert(!std::is_constructible_v<Result<int>, std::string>);
static_assert(!std::is_convertible_v<size_t, Result<std::vector<int>>>, "explicit stays explicit");
static_assert(!std::is_default_constructible_v<Result<int>>);
static_assert(!std::is_copy_constructible_v<Result<std::unique_ptr<int>>>);

struct Base {
  virtual ~Base() = default;
};
struct Derived : Base {};

TEST(Error, KindsHaveTheirOwnSpelling) {
  std::set<std::string_view> spellings;
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::kCancelled); ++kind) {
    spellings.insert(to_string(static_cast<ErrorKind>(kind)));
  }
  EXPECT_EQ(spellings.size(), static_cast<size_t>(ErrorKind::kCancelled) + 1);
  EXPECT_FALSE(spellings.contains("InvalidErrorKind"));
  EXPECT_EQ(to_string(ErrorKind::kInvalidArgument), "InvalidArgument");
  EXPECT_EQ(to_string(ErrorKind::kCancelled), "Cancelled");
}

TEST(Error, KeepsContextLinesInTheOrderOfTheCalls) {
  const Error error = Error(ErrorKind::kIoError, "disk full")
                          .with_context("while writing a section")
                          .with_context("while building");
  EXPECT_EQ(error.message(), "disk full\nwhile writing a section\nwhile building");
  EXPECT_EQ(error.to_string(), "IoError: disk full\n  while writing a section\n  while building");
  EXPECT_EQ(error.kind(), ErrorKind::kIoError);
}

TEST(Error, KeepsTheInnermostNode) {
  EXPECT_EQ(Error(ErrorKind::kUnsupported, "x").node(), "");
  EXPECT_EQ(Error(ErrorKind::kUnsupported, "x").with_node("conv").with_node("if").node(), "conv");
  EXPECT_EQ(Error(ErrorKind::kUnsupported, "x", "relu").with_node("if").node(), "relu");
}

TEST(Result, HoldsAValueOrAnError) {
  Result<int> value = 3;
  ASSERT_TRUE(value.ok());
  EXPECT_TRUE(static_cast<bool>(value));
  EXPECT_EQ(*value, 3);
  *value = 4;
  EXPECT_EQ(value.value(), 4);
  EXPECT_EQ(value.value_or(9), 4);

  const Result<int> error = Error(ErrorKind::kNotFound, "gone");
  ASSERT_FALSE(error.ok());
  EXPECT_FALSE(static_cast<bool>(error));
  EXPECT_EQ(error.error().message(), "gone");
  EXPECT_EQ(error.value_or(9), 9);
}

TEST(Result, ConvertsWhatConvertsToItsValue) {
  const auto text = []() -> Result<std::string> { return "text"; };
  EXPECT_EQ(text()->size(), 4u);
  const auto base = []() -> Result<std::unique_ptr<Base>> { return std::make_unique<Derived>(); };
  EXPECT_NE(*base(), nullptr);
  const auto nothing = []() -> Result<std::optional<int>> { return std::nullopt; };
  EXPECT_TRUE(nothing().ok());
}

TEST(Result, MovesMoveOnlyValuesOut) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  Result<std::unique_ptr<int>> moved = std::move(result);
  const std::unique_ptr<int> value = std::move(moved).value();
  EXPECT_EQ(*value, 7);
  Result<std::unique_ptr<int>> error = Error(ErrorKind::kBusy, "busy");
  EXPECT_EQ(*std::move(error).value_or(std::make_unique<int>(8)), 8);
}

TEST(Result, OfBoolIsTestedForSuccessNotForItsValue) {
  const Result<bool> result = false;
  EXPECT_TRUE(result.ok());
  EXPECT_TRUE(static_cast<bool>(result));
  EXPECT_FALSE(*result);
}

TEST(Status, IsSuccessUnlessGivenAnError) {
  EXPECT_TRUE(Status().ok());
  EXPECT_TRUE(ok_status().ok());
  const Status failed = Error(ErrorKind::kDeviceError, "lost");
  EXPECT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), ErrorKind::kDeviceError);
}

TEST(ResultDeathTest, EndsTheProcessOnMisuse) {
  const Result<int> error = Error(ErrorKind::kNotFound, "no such thing");
  EXPECT_DEATH((void)error.value(), "failed Result: NotFound: no such thing");
  EXPECT_DEATH((void)*error, "no such thing");
  const Result<int> value = 1;
  EXPECT_DEATH((void)value.error(), "holds no error");
  EXPECT_DEATH((void)ok_status().error(), "holds no error");
  EXPECT_DEATH(Status(Error(ErrorKind::kBusy, "taken")).value(), "Busy: taken");
}

}  // namespace
}  // namespace tenon
