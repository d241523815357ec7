// The text form of dims. Plans and graph texts hold it, so the parser trusts nothing.
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "tensor/dim.h"
#include "tensor/dim_expression.h"

#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using Expression = Dim::Expression;
using Kind = DimAtom::Kind;

// No canonical text is longer: a node prints at most a name of 128 characters or a number of 20,
// and some punctuation. None nests deeper: each level takes three nodes at least.
constexpr size_t kMaxText = kMaxDimSize * 160;
constexpr int kMaxDepth = static_cast<int>(kMaxDimSize / 2);

constexpr std::string_view kOverflow = "overflow";

std::string_view function_name(Kind kind) {
  switch (kind) {
    case Kind::kFloorDiv:
      return "floor_div";
    case Kind::kMod:
      return "mod";
    case Kind::kMin:
      return "min";
    case Kind::kMax:
      return "max";
    default:
      return "broadcast";
  }
}

using Function = Dim (*)(const Dim&, const Dim&);

Function find_function(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Function>, 6> kFunctions = {
      {{"floor_div", &Dim::floor_div},
       {"ceil_div", &Dim::ceil_div},
       {"mod", &Dim::mod},
       {"min", &Dim::min},
       {"max", &Dim::max},
       {"broadcast", &Dim::broadcast}}};
  for (const auto& [known, function] : kFunctions) {
    if (known == name) return function;
  }
  return nullptr;
}

void print(const Dim& dim, std::string& text);

void print(const DimAtom& atom, std::string& text) {
  if (atom.kind == Kind::kSymbol) {
    text += atom.name;
    return;
  }
  text += function_name(atom.kind);
  text += '(';
  print(atom.a, text);
  text += ", ";
  print(atom.b, text);
  text += ')';
}

// "x - 1" and "-x", never "x + -1".
void print_sign(bool negative, bool first, std::string& text) {
  if (first) {
    text += negative ? "-" : "";
  } else {
    text += negative ? " - " : " + ";
  }
}

uint64_t magnitude_of(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  return value < 0 ? uint64_t{0} - bits : bits;
}

void print(const Dim& dim, std::string& text) {
  if (Expression::overflowed(dim)) {
    text += kOverflow;
    text += "()";
    return;
  }
  bool first = true;
  for (const DimTerm& term : Expression::terms_of(dim)) {
    print_sign(term.coefficient < 0, first, text);
    const uint64_t magnitude = magnitude_of(term.coefficient);
    if (magnitude != 1) text += fmt::format("{}*", magnitude);
    for (size_t i = 0; i < term.factors.size(); ++i) {
      if (i > 0) text += '*';
      print(*term.factors[i], text);
    }
    first = false;
  }
  const int64_t constant = Expression::constant_of(dim);
  if (first || constant != 0) {
    print_sign(constant < 0, first, text);
    text += fmt::format("{}", magnitude_of(constant));
  }
}

// Halves first: one by one, a long sum would be copied at each step.
Dim sum_of(std::span<const Dim> parts) {
  if (parts.size() == 1) return parts[0];
  const size_t half = parts.size() / 2;
  return sum_of(parts.first(half)) + sum_of(parts.subspan(half));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || is_digit(c);
}

// sum     = ["-"] product {("+" | "-") product}
// product = factor {"*" factor}
// factor  = number | symbol | function "(" sum "," sum ")" | "overflow()" | "(" sum ")"
//         | "-" factor
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Dim> parse() {
    Dim dim = TRY(parse_sum());
    skip_blanks();
    if (at_ != text_.size()) return error("an operator or the end");
    return dim;
  }

 private:
  Error error(std::string_view wanted) const {
    constexpr size_t kShown = 100;
    return corrupt("dimension {}{}: expected {} at offset {}", quote(text_.substr(0, kShown)),
                   text_.size() > kShown ? "…" : "", wanted, at_);
  }

  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  // Whether `c` comes next; if so it is passed.
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<Dim> parse_sum() {
    if (depth_ == kMaxDepth) return error("fewer nested parentheses");
    ++depth_;
    std::vector<Dim> parts;
    parts.push_back(TRY(parse_product(take('-'))));
    while (true) {
      if (take('+')) {
        parts.push_back(TRY(parse_product(false)));
      } else if (take('-')) {
        parts.push_back(TRY(parse_product(true)));
      } else {
        break;
      }
    }
    --depth_;
    return sum_of(parts);
  }

  Result<Dim> parse_product(bool negative) {
    Dim product = TRY(parse_factor(negative));
    while (take('*')) product = product * TRY(parse_factor(false));
    return product;
  }

  // The sign belongs to a number that follows, since only so the least int64_t can be written.
  Result<Dim> parse_factor(bool negative) {
    while (take('-')) negative = !negative;
    skip_blanks();
    if (at_ < text_.size() && is_digit(text_[at_])) return parse_number(negative);
    Dim factor = 0;
    if (take('(')) {
      factor = TRY(parse_sum());
      if (!take(')')) return error("\")\"");
    } else {
      factor = TRY(parse_name());
    }
    return negative ? Dim(0) - factor : factor;
  }

  Result<Dim> parse_number(bool negative) {
    uint64_t magnitude = 0;
    const char* begin = text_.data() + at_;
    const auto [end, code] = std::from_chars(begin, text_.data() + text_.size(), magnitude);
    constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    if (code != std::errc() || magnitude > kMax + (negative ? 1 : 0)) {
      return error("a number that fits 64 bits");
    }
    at_ += static_cast<size_t>(end - begin);
    return static_cast<int64_t>(negative ? uint64_t{0} - magnitude : magnitude);
  }

  Result<Dim> parse_name() {
    const size_t begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (Dim::symbol_name(name) != name) {
      at_ = begin;
      return error("a number, a symbol or a function");
    }
    if (!take('(')) return Dim::symbol(name);
    if (name == kOverflow) {
      if (!take(')')) return error("\")\"");
      return Expression::overflow();
    }
    const Function function = find_function(name);
    if (function == nullptr) {
      at_ = begin;
      return error("floor_div, ceil_div, mod, min, max or broadcast before \"(\"");
    }
    const Dim a = TRY(parse_sum());
    if (!take(',')) return error("\",\"");
    const Dim b = TRY(parse_sum());
    if (!take(')')) return error("\")\"");
    return function(a, b);
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::string Dim::to_string() const {
  std::string text;
  print(*this, text);
  return text;
}

Result<Dim> Dim::parse(std::string_view text) {
  if (text.size() > kMaxText) {
    return corrupt("dimension text of {} characters; the limit is {}", text.size(), kMaxText);
  }
  return Parser(text).parse();
}

}  // namespace tenon::internal
