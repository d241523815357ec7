#pragma once

// Small helpers for text: joining, quoting, numbers that survive a round trip, numbers and sizes
// for people, spelling suggestions.

#include <fmt/format.h>
#include <tenon/error.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

// The items, each passed through `project` and formatted by fmt, with `separator` between them.
template <class Range, class Projection = std::identity>
std::string join(const Range& items, std::string_view separator = ", ", Projection project = {}) {
  std::string text;
  bool first = true;
  for (const auto& item : items) {
    if (!first) text += separator;
    first = false;
    fmt::format_to(std::back_inserter(text), "{}", std::invoke(project, item));
  }
  return text;
}

// The pieces between separators: always one more than there are separators, empty ones included.
// They view `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

// A double-quoted literal, the form of strings in all of Tenon's texts. Escapes: \" \\ \n \r \t,
// and \xNN for other control characters and for bytes that are not valid UTF-8; all else stands as
// it is.
std::string quote(std::string_view text);

// The string of which `literal` is the quoted form. kInvalidArgument says what is wrong and at
// which offset.
Result<std::string> unquote(std::string_view literal);

// unquote() for parsers: reads a literal at the front of `text` and removes it from there; on an
// error `text` is as before.
Result<std::string> take_quoted(std::string_view& text);

// The shortest decimal text that reads back as the same value: "0.1", "1e+30", "-0", "inf", "-inf",
// "nan".
std::string number_text(float value);
std::string number_text(double value);

// The number that all of `text` spells, as std::from_chars reads it (decimal, no leading blank or
// plus sign). kInvalidArgument when it is no number or does not fit T.
template <class T>
requires(std::same_as<T, int> || std::same_as<T, int64_t> || std::same_as<T, uint64_t> ||
         std::same_as<T, float> ||
         std::same_as<T, double>) Result<T> parse_number(std::string_view text);

// "1 dim", "3 dims": a number with what it counts. `plural` is for nouns that do not take an s:
// counted(2, "axis", "axes").
template <std::integral Count>
std::string counted(Count count, std::string_view noun, std::string_view plural = {}) {
  if (count == 1) return fmt::format("1 {}", noun);
  return plural.empty() ? fmt::format("{} {}s", count, noun) : fmt::format("{} {}", count, plural);
}

// A size for people, in units of 1024: "17 B", "1.50 KiB", "34.2 MiB", "512 MiB".
std::string human_bytes(uint64_t bytes);

// Least number of bytes to insert, delete, replace, or swap with a neighbour to turn `a` into `b`.
size_t edit_distance(std::string_view a, std::string_view b);

// A tail for messages about unknown names: `; did you mean "Conv"?`, or nothing where no candidate
// is near. Case is ignored; among equally near candidates the first one is named.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace tenon::internal
