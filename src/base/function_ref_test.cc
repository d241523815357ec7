#include "base/function_ref.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace tenon::internal {
namespace {

static_assert(!std::is_constructible_v<FunctionRef<int(int)>, int (*)(std::string)>);
static_assert(std::is_trivially_copyable_v<FunctionRef<void()>>);

int call(FunctionRef<int(int)> function, int value) { return function(value); }
int add_one(int value) { return value + 1; }

TEST(FunctionRef, CallsLambdasFunctionsAndPointers) {
  int seen = 0;
  EXPECT_EQ(call([&](int value) { return seen = value * 2; }, 4), 8);
  EXPECT_EQ(seen, 8);
  EXPECT_EQ(call(add_one, 4), 5);
  int (*pointer)(int) = add_one;
  EXPECT_EQ(call(pointer, 6), 7);
}

TEST(FunctionRef, RefersToTheCallableInsteadOfCopyingIt) {
  int state = 0;
  auto counter = [state](int value) mutable { return state += value; };
  const FunctionRef<int(int)> function = counter;
  const FunctionRef<int(int)> copy = function;
  EXPECT_EQ(function(2), 2);
  EXPECT_EQ(copy(3), 5);
  EXPECT_EQ(counter(0), 5);
}

TEST(FunctionRef, ForwardsMoveOnlyArgumentsAndConvertsResults) {
  const auto take = [](std::unique_ptr<int> value) { return static_cast<short>(*value); };
  const FunctionRef<long(std::unique_ptr<int>)> function = take;
  EXPECT_EQ(function(std::make_unique<int>(9)), 9);
  int calls = 0;
  const auto counted = [&] { return ++calls; };
  const FunctionRef<void()> dropped = counted;
  dropped();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace tenon::internal
