#pragma once

// Passing errors on. For .cc files only.
//
//   const Plan plan = TRY(read_plan(path));                 // the value, or return the error
//   TRY(plan.verify());                                     // a Status too
//   TRY_CONTEXT(read(file), fmt::format("while reading {}", file));   // text: on an error only
//
// The enclosing function returns a Result, a Status or an Error. The expression is evaluated once.
// An lvalue is copied; move-only results are passed as TRY(std::move(result)).
// In an aggregate no member that owns may come before it: g++ does not destroy it on an error.

#include <tenon/error.h>

#include <type_traits>
#include <utility>

#define TENON_TRY_JOIN_(a, b) a##b
#define TENON_TRY_JOIN(a, b) TENON_TRY_JOIN_(a, b)

// The counter gives nested uses different names, which keeps -Wshadow silent.
#define TENON_TRY_NAME TENON_TRY_JOIN(tenon_try_, __COUNTER__)

#define TENON_TRY_IMPL(result, ...)     \
  __extension__({                       \
    auto result = (__VA_ARGS__);        \
    if (!result.ok()) [[unlikely]]      \
      return std::move(result).error(); \
    std::move(result).value();          \
  })

#define TENON_TRY_CONTEXT_IMPL(result, expression, ...)           \
  __extension__({                                                 \
    auto result = (expression);                                   \
    if (!result.ok()) [[unlikely]]                                \
      return std::move(result).error().with_context(__VA_ARGS__); \
    std::move(result).value();                                    \
  })

#define TENON_TRY_STATUS_IMPL(result, ...)                           \
  do {                                                               \
    auto result = (__VA_ARGS__);                                     \
    static_assert(std::is_same_v<decltype(result), ::tenon::Status>, \
                  "TRY_STATUS would drop a value");                  \
    if (!result.ok()) [[unlikely]]                                   \
      return std::move(result).error();                              \
  } while (false)

// The value of a Result, moved out; nothing for a Status. Returns the error from the enclosing
// function.
#define TRY(...) TENON_TRY_IMPL(TENON_TRY_NAME, __VA_ARGS__)

// TRY that adds a line to the error: TRY_CONTEXT(expression, text).
#define TRY_CONTEXT(expression, ...) TENON_TRY_CONTEXT_IMPL(TENON_TRY_NAME, expression, __VA_ARGS__)

// TRY as a statement; refuses, when compiled, an expression whose value would be lost.
#define TRY_STATUS(...) TENON_TRY_STATUS_IMPL(TENON_TRY_NAME, __VA_ARGS__)
