#include "base/text_tokens.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"

#include <algorithm>
#include <string>

namespace tenon::internal {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_char(char c) { return is_letter(c) || is_digit(c) || c == '.'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_expression_char(char c) {
  return is_word_char(c) || std::string_view(" \t()+-*,").find(c) != std::string::npos;
}

// Length of the quoted text at the front, its quotes included; all of it if it does not end.
size_t quoted_length(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

template <class Predicate>
size_t prefix_length(std::string_view text, Predicate belongs) {
  return static_cast<size_t>(std::ranges::find_if_not(text, belongs) - text.begin());
}

size_t number_length(std::string_view text) {
  size_t length = 1;
  while (length < text.size() &&
         (is_word_char(text[length]) ||
          ((text[length] == '+' || text[length] == '-') && (text[length - 1] | 0x20) == 'e'))) {
    ++length;
  }
  return length;
}

}  // namespace

bool is_bare_name_char(char c) { return is_word_char(c) || c == '/' || c == '-'; }

void TokenReader::scan() {
  const size_t begin = end_ + prefix_length(text_.substr(end_), is_space);
  const std::string_view rest = text_.substr(begin);
  size_t length = 1;
  if (rest.empty()) {
    token_.kind = Token::Kind::kEnd;
    length = 0;
  } else if (is_letter(rest[0])) {
    token_.kind = Token::Kind::kWord;
    length = prefix_length(rest, is_word_char);
  } else if (is_digit(rest[0]) || rest[0] == '-' || rest[0] == '.') {
    token_.kind = Token::Kind::kNumber;
    length = number_length(rest);
  } else if (rest[0] == '"') {
    token_.kind = Token::Kind::kString;
    length = quoted_length(rest);
  } else if (rest[0] == '%') {
    token_.kind = Token::Kind::kValue;
    const std::string_view name = rest.substr(1);
    length =
        1 + (name.starts_with('"') ? quoted_length(name) : prefix_length(name, is_bare_name_char));
  } else {
    token_.kind = Token::Kind::kMark;
  }
  token_.text = rest.substr(0, length);
  token_.offset = begin;
  end_ = begin + length;
}

Token TokenReader::next() {
  const Token token = token_;
  scan();
  return token;
}

bool TokenReader::take(std::string_view mark_or_word) {
  const bool found = at(mark_or_word);
  if (found) scan();
  return found;
}

Status TokenReader::expect(std::string_view mark_or_word) {
  if (take(mark_or_word)) return {};
  return expected(fmt::format("'{}'", mark_or_word));
}

Result<Token> TokenReader::expect(Token::Kind kind, std::string_view what) {
  if (token_.kind != kind) return expected(what);
  return next();
}

Result<std::string> TokenReader::expect_string(std::string_view what) {
  const Token token = TRY(expect(Token::Kind::kString, what));
  return located(unquote(token.text), token.offset);
}

Result<Token> TokenReader::expect_scalar(std::string_view what) {
  if (token_.kind != Token::Kind::kNumber && token_.kind != Token::Kind::kWord) {
    return expected(what);
  }
  return next();
}

Status TokenReader::expect_end() const {
  return token_.kind == Token::Kind::kEnd ? Status() : expected("the end");
}

std::string_view TokenReader::take_expression() {
  size_t length = 0;
  const std::string_view rest = text_.substr(token_.offset);
  for (int depth = 0; length < rest.size(); ++length) {
    const char c = rest[length];
    if (!is_expression_char(c) || (depth == 0 && c == ',')) break;
    if (c == '(') ++depth;
    if (c == ')') --depth;
  }
  end_ = token_.offset + length;
  scan();
  return rest.substr(0, length);
}

Error TokenReader::error_at(size_t offset, std::string_view message) const {
  const std::string_view before = text_.substr(0, offset);
  const auto line = 1 + std::ranges::count(before, '\n');
  const size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return corrupt("{}:{}: {}", line, offset - line_begin + 1, message);
}

Error TokenReader::expected(std::string_view what) const {
  if (token_.kind == Token::Kind::kEnd) {
    return error_at(token_.offset, fmt::format("expected {}, but the text ends", what));
  }
  constexpr size_t kShown = 40;
  std::string found(token_.text.substr(0, kShown));
  if (token_.text.size() > kShown) found += "…";
  return error_at(token_.offset, fmt::format("expected {}, not {}", what, quote(found)));
}

}  // namespace tenon::internal
