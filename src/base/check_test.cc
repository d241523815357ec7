#include "base/check.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(Check, EvaluatesTheTextOnlyWhenItFails) {
  int texts = 0;
  TENON_CHECK(1 + 1 == 2);
  TENON_CHECK(true, "{}", ++texts);
  EXPECT_EQ(texts, 0);
}

TEST(Check, IsOneStatement) {
  bool reached = false;
  if (true)
    TENON_CHECK(true);
  else
    reached = true;
  EXPECT_FALSE(reached);
}

TEST(CheckDeathTest, NamesPlaceConditionAndText) {
  EXPECT_DEATH(TENON_CHECK(1 == 2), "check_test.cc:[0-9]+: .*check failed: 1 == 2");
  EXPECT_DEATH(TENON_CHECK(false, "step {} of {}", 3, 4), "false: step 3 of 4");
}

}  // namespace
}  // namespace tenon::internal
