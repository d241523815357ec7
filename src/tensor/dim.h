// Symbolic dimensions: integer expressions over named symbols, kept in a canonical form so that
// equal expressions compare equal. Constants cost no allocation. Values are immutable and may be
// shared between threads.
#pragma once

#include "base/function_ref.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

// Axes of a tensor. Inference loops over them; no real model comes near.
inline constexpr size_t kMaxRank = 64;

// The largest extent that a symbol stands for, which bind_symbols() sees to. Exporters write it for
// "to the end".
inline constexpr int64_t kMaxSymbol = std::numeric_limits<int32_t>::max();

// Values of symbols.
using SymbolBindings = std::map<std::string, int64_t, std::less<>>;

// Inclusive bounds.
struct DimRange {
  int64_t min = 0;
  int64_t max = 0;
  bool operator==(const DimRange&) const = default;
};
using SymbolRanges = std::map<std::string, DimRange, std::less<>>;

// A polynomial with integer coefficients whose atoms are symbols and opaque terms (floor division,
// modulo, min, max, broadcast) over further dims. Arithmetic wraps nowhere: where a number does not
// fit int64_t, or an expression grows beyond a fixed size (kMaxDimSize), the result is a dim that
// is not constant, that every operation passes on, and that evaluate() reports; its text is
// "overflow()".
class Dim {
 public:
  Dim(int64_t value = 0) : constant_(value) {}  // NOLINT(google-explicit-constructor)

  // A symbol, named symbol_name(name).
  static Dim symbol(std::string_view name);

  // Any text as a valid symbol name, [A-Za-z_][A-Za-z0-9_.]* of at most 128 characters: others
  // become '_', a digit in front gets a '_' before it, the rest is cut off. A valid name stays as
  // it is. Different texts may meet.
  static std::string symbol_name(std::string_view text);
  // The same where different texts must not meet: with a number at the end if the name is taken.
  static std::string unused_symbol_name(std::string_view text,
                                        FunctionRef<bool(std::string_view)> taken);

  bool is_constant() const { return expression_ == nullptr; }
  // Only for constants.
  int64_t constant() const;
  std::optional<int64_t> as_constant() const;

  friend Dim operator+(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a, const Dim& b);
  friend Dim operator*(const Dim& a, const Dim& b);
  // Rounds towards minus infinity. A divisor that is or becomes 0 is an error of evaluate(), unless
  // it was cancelled: floor_div(N*T, N) is T.
  static Dim floor_div(const Dim& a, const Dim& b);
  static Dim ceil_div(const Dim& a, const Dim& b);
  // a - b * floor_div(a, b)
  static Dim mod(const Dim& a, const Dim& b);
  static Dim min(const Dim& a, const Dim& b);
  static Dim max(const Dim& a, const Dim& b);
  // The extent that extents a and b broadcast to (NumPy): the one that is not 1. Where neither is
  // and they differ, evaluate() reports it, unless one of them is a constant, which is the result.
  static Dim broadcast(const Dim& a, const Dim& b);
  // q with q * b == a for all values of the symbols, if the polynomial division shows one.
  static std::optional<Dim> exact_div(const Dim& a, const Dim& b);

  // Same canonical form. Unequal forms may still be equal in value.
  friend bool operator==(const Dim& a, const Dim& b);
  // A total order of forms, for sorted containers; no meaning in numbers.
  static int compare(const Dim& a, const Dim& b);

  // Canonical text, e.g. "2*N*T + floor_div(H, 2) - 1"; parse() reads it back to an equal dim.
  // Beyond it, parse() takes parentheses, ceil_div() and sums and products that are not canonical.
  // Errors: CorruptData with the offset; text longer or nested deeper than any canonical one is
  // refused.
  std::string to_string() const;
  static Result<Dim> parse(std::string_view text);

  // Errors: NotFound for an unbound symbol, InvalidArgument for overflow, a division by zero or
  // extents that do not broadcast.
  Result<int64_t> evaluate(const SymbolBindings& bindings) const;

  // Replaces symbols; those that are not named stay.
  Dim substitute(const std::map<std::string, Dim, std::less<>>& replacements) const;

  // Bounds of the value over boxes of the symbols, by interval arithmetic (correct, not always
  // tight). nullopt where a symbol has no range, a divisor may be 0 or a bound does not fit.
  std::optional<DimRange> range(const SymbolRanges& ranges) const;

  // The same where every symbol stands for some extent, 0 to kMaxSymbol.
  std::optional<DimRange> range() const;
  // Whether that shows that the value is never below `low`.
  bool is_at_least(int64_t low) const;

  // False where bounds show that evaluate() fails for all values of the symbols in their ranges:
  // a divisor is always 0, extents never broadcast, or numbers outgrew 64 bits.
  bool may_have_value(const SymbolRanges& ranges) const;

  // Whether extents a and b can broadcast to one another for some values of the symbols in their
  // ranges, as far as bounds tell.
  static bool may_broadcast(const Dim& a, const Dim& b, const SymbolRanges& ranges);

  void collect_symbols(std::set<std::string>& names) const;

  // The name if the dim is a single bare symbol, else empty.
  std::string_view as_symbol() const;

  struct Expression;

 private:
  friend struct Expression;
  int64_t constant_ = 0;
  std::shared_ptr<const Expression> expression_;
};

using SymbolicShape = std::vector<Dim>;

// "[N,3,2*H]"
std::string to_string(const SymbolicShape& shape);

// Concrete shape as a symbolic one.
SymbolicShape to_symbolic(std::span<const int64_t> shape);

// Product of the dims; 1 for a scalar, 0 if a dim is 0.
Dim element_count(const SymbolicShape& shape);

// Every dim evaluated; negative results are InvalidArgument.
Result<std::vector<int64_t>> evaluate(const SymbolicShape& shape, const SymbolBindings& bindings);

// NumPy broadcasting of two shapes, dim by dim (Dim::broadcast), so that dims of equal form are
// surely equal. Errors: InvalidArgument for constants that cannot meet.
Result<SymbolicShape> broadcast(const SymbolicShape& a, const SymbolicShape& b);

// Matches concrete dims against a pattern of dims and binds the symbols that stand bare in it.
// A symbol bound to another value or to more than kMaxSymbol, or a constant that differs, is
// InvalidArgument naming the axis.
// Dims that are neither are left for the caller to check once all symbols are bound. On an error
// `bindings` is as before.
Status bind_symbols(const SymbolicShape& pattern, std::span<const int64_t> shape,
                    SymbolBindings& bindings);

}  // namespace tenon::internal
