#pragma once

// The words of texts that parse back: graphs, pointwise programs, attributes.

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tenon::internal {

// Characters of a value's name that needs no quotes.
bool is_bare_name_char(char c);

struct Token {
  enum class Kind : uint8_t {
    kEnd,
    // Letters, digits, '_' and '.'; begins with a letter or '_'.
    kWord,
    // '%' and a bare or quoted name.
    kValue,
    // With its quotes.
    kString,
    // Begins with a digit, '-' or '.'; -inf is one too.
    kNumber,
    // One other character.
    kMark,
  };
  Kind kind = Kind::kEnd;
  // A view into the text.
  std::string_view text;
  // Where it begins, in bytes.
  size_t offset = 0;
};

// Goes through a text that outlives it, one token ahead. White space separates tokens and has no
// other meaning.
class TokenReader {
 public:
  explicit TokenReader(std::string_view text) : text_(text) { scan(); }

  const Token& peek() const { return token_; }
  bool at(std::string_view mark_or_word) const {
    return token_.text == mark_or_word && token_.kind != Token::Kind::kEnd;
  }
  Token next();
  // Skips the mark or word if it is next.
  bool take(std::string_view mark_or_word);
  // Errors: CorruptData if something else is next.
  Status expect(std::string_view mark_or_word);
  Result<Token> expect(Token::Kind kind, std::string_view what);
  // What a quoted string holds.
  Result<std::string> expect_string(std::string_view what);
  // The literal of a number; inf, nan, true and false are words.
  Result<Token> expect_scalar(std::string_view what);
  // Errors: CorruptData if anything is left.
  Status expect_end() const;

  // An expression over dims: the text up to a ',' outside of parentheses or a character that no
  // expression has, such as ']'.
  std::string_view take_expression();

  // "3:14: message" for a place in the text.
  Error error_at(size_t offset, std::string_view message) const;
  // "3:14: expected `what`, not `what stands there`"
  Error expected(std::string_view what) const;
  // The error of another layer, at a place in the text.
  template <class T>
  Result<T> located(Result<T> result, size_t offset) const {
    if (result.ok()) return result;
    return error_at(offset, result.error().message());
  }

 private:
  // Reads the token at end_ into token_.
  void scan();

  std::string_view text_;
  Token token_;
  // Where token_ ends.
  size_t end_ = 0;
};

}  // namespace tenon::internal
