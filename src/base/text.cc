#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

#include "base/errors.h"
#include "base/try.h"

namespace tenon::internal {
namespace {

unsigned char byte_at(std::string_view text, size_t index) {
  return static_cast<unsigned char>(text[index]);
}

// Bytes of the UTF-8 sequence at the front of `text` (not empty), 0 when it is not well-formed.
// Unicode 15, table 3-7.
size_t utf8_sequence_length(std::string_view text) {
  const unsigned lead = byte_at(text, 0);
  if (lead < 0x80) return 1;
  size_t length = 0;
  unsigned second_min = 0x80;
  unsigned second_max = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) second_min = 0xA0;
    if (lead == 0xED) second_max = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) second_min = 0x90;
    if (lead == 0xF4) second_max = 0x8F;
  }
  if (length == 0 || text.size() < length) return 0;
  if (byte_at(text, 1) < second_min || byte_at(text, 1) > second_max) return 0;
  for (size_t i = 2; i < length; ++i) {
    if ((byte_at(text, i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Appends what the escape at `text[at]` (the backslash) stands for; returns its length.
Result<size_t> take_escape(std::string_view text, size_t at, std::string& out) {
  const char kind = at + 1 < text.size() ? text[at + 1] : '\0';
  switch (kind) {
    case '"':
    case '\\':
      out += kind;
      return size_t{2};
    case 'n':
      out += '\n';
      return size_t{2};
    case 'r':
      out += '\r';
      return size_t{2};
    case 't':
      out += '\t';
      return size_t{2};
    case 'x':
      if (at + 3 < text.size() && hex_digit(text[at + 2]) >= 0 && hex_digit(text[at + 3]) >= 0) {
        out += static_cast<char>(hex_digit(text[at + 2]) * 16 + hex_digit(text[at + 3]));
        return size_t{4};
      }
      return invalid_argument("offset {}: \\x needs two hexadecimal digits", at);
    default:
      return invalid_argument("offset {}: unknown escape; known are \\\" \\\\ \\n \\r \\t \\xNN",
                              at);
  }
}

template <class Float>
std::string shortest_text(Float value) {
  if (std::isnan(value)) return "nan";
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (size_t begin = 0;;) {
    const size_t end = text.find(separator, begin);
    pieces.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return pieces;
    begin = end + 1;
  }
}

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const unsigned char c = byte_at(text, 0);
    const size_t length = utf8_sequence_length(text);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += static_cast<char>(c);
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\r') {
      quoted += "\\r";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (c < 0x20 || c == 0x7F || length == 0) {
      fmt::format_to(std::back_inserter(quoted), "\\x{:02x}", c);
    } else {
      quoted += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  quoted += '"';
  return quoted;
}

Result<std::string> take_quoted(std::string_view& text) {
  if (text.empty() || text[0] != '"') return invalid_argument("offset 0: expected '\"'");
  std::string value;
  size_t at = 1;
  while (at < text.size() && text[at] != '"') {
    if (text[at] == '\\') {
      at += TRY(take_escape(text, at, value));
    } else if (byte_at(text, at) < 0x20) {
      return invalid_argument("offset {}: control characters must be escaped", at);
    } else {
      value += text[at++];
    }
  }
  if (at >= text.size()) return invalid_argument("offset {}: the closing '\"' is missing", at);
  text.remove_prefix(at + 1);
  return value;
}

Result<std::string> unquote(std::string_view literal) {
  std::string_view rest = literal;
  std::string value = TRY(take_quoted(rest));
  if (!rest.empty()) {
    return invalid_argument("offset {}: text after the closing '\"'", literal.size() - rest.size());
  }
  return value;
}

std::string number_text(float value) { return shortest_text(value); }
std::string number_text(double value) { return shortest_text(value); }

template <class T>
requires(std::same_as<T, int> || std::same_as<T, int64_t> || std::same_as<T, uint64_t> ||
         std::same_as<T, float> ||
         std::same_as<T, double>) Result<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status == std::errc::result_out_of_range) {
    return invalid_argument("{} is out of range", quote(text));
  }
  if (status != std::errc() || end != text.data() + text.size()) {
    return invalid_argument("{} is not {}", quote(text),
                            std::is_floating_point_v<T> ? "a number" : "a whole number");
  }
  return value;
}

template Result<int> parse_number(std::string_view);
template Result<int64_t> parse_number(std::string_view);
template Result<uint64_t> parse_number(std::string_view);
template Result<float> parse_number(std::string_view);
template Result<double> parse_number(std::string_view);

std::string human_bytes(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array<std::string_view, 6> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1023.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, decimals, kUnits[unit]);
}

size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows of the distance table of Wagner and Fischer: two above the current one, one above, it.
  std::vector<size_t> older(b.size() + 1);
  std::vector<size_t> old(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    std::swap(older, old);
    std::swap(old, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = old[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, old[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], older[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates) {
  const std::string wanted = lower_case(name);
  const std::string_view* best = nullptr;
  size_t best_distance = name.size() / 3 + 1;
  for (const std::string_view& candidate : candidates) {
    const size_t distance = edit_distance(wanted, lower_case(candidate));
    if (distance < best_distance) {
      best = &candidate;
      best_distance = distance;
    }
  }
  return best ? fmt::format("; did you mean {}?", quote(*best)) : std::string();
}

}  // namespace tenon::internal
