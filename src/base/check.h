#pragma once

// TENON_CHECK(condition) and TENON_CHECK(condition, "format {}", value): ends the process with
// file, line, condition and text when the condition does not hold. For bugs of Tenon only: what a
// file, an argument or the system can cause is an Error.

#include <fmt/format.h>

#include <string_view>

namespace tenon::internal {

[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               std::string_view text = {}) noexcept;

}  // namespace tenon::internal

#define TENON_CHECK(condition, ...)                                                              \
  do {                                                                                           \
    if (!(condition)) [[unlikely]]                                                               \
      ::tenon::internal::check_failed(                                                           \
          __FILE__, __LINE__, #condition __VA_OPT__(, ) __VA_OPT__(::fmt::format(__VA_ARGS__))); \
  } while (false)
