// gMock matchers for Result and Status.
//
//   ASSERT_THAT(engine, IsOk());
//   EXPECT_THAT(parse("2*N"), IsOkAndHolds(Property(&Dim::to_string, "2*N")));
//   EXPECT_THAT(load(bytes), IsError(ErrorKind::kCorruptData, "truncated"));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tenon/error.h>

#include <ostream>
#include <string>
#include <type_traits>

namespace tenon {

// Found by GoogleTest when it prints a Result in a failure.
template <class T>
void PrintTo(const Result<T>& result, std::ostream* out) {
  if (!result.ok()) {
    *out << "error " << result.error().to_string();
  } else if constexpr (std::is_void_v<T>) {
    *out << "ok";
  } else {
    *out << "ok " << ::testing::PrintToString(result.value());
  }
}

}  // namespace tenon

namespace tenon::internal::testing {

MATCHER(IsOk, negation ? "is an error" : "is ok") { return arg.ok(); }

// The value matches `inner`, which may be a plain value.
MATCHER_P(IsOkAndHolds, inner,
          "is ok and holds what " + std::string(negation ? "does not match" : "matches") +
              " the inner matcher") {
  return arg.ok() && ::testing::ExplainMatchResult(inner, arg.value(), result_listener);
}

// An error of that kind whose message contains the text.
MATCHER_P2(IsError, kind, substring,
           std::string(negation ? "is not " : "is ") + std::string(to_string(kind)) + " with \"" +
               substring + "\" in its message") {
  return !arg.ok() && arg.error().kind() == kind &&
         arg.error().message().find(substring) != std::string::npos;
}

}  // namespace tenon::internal::testing
