// Values, substitution and bounds of dims.
#include "base/checked_math.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "tensor/dim.h"
#include "tensor/dim_expression.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tenon::internal {
namespace {

using Expression = Dim::Expression;
using Kind = DimAtom::Kind;
using Replacements = std::map<std::string, Dim, std::less<>>;

Error out_of_range() { return invalid_argument("a value does not fit 64 bits"); }

Result<int64_t> value_of(const Dim& dim, const SymbolBindings& bindings);

Result<int64_t> value_of(const DimAtom& atom, const SymbolBindings& bindings) {
  if (atom.kind == Kind::kSymbol) {
    const auto bound = bindings.find(atom.name);
    if (bound == bindings.end()) return not_found("symbol {} has no value", quote(atom.name));
    return bound->second;
  }
  const int64_t a = TRY(value_of(atom.a, bindings));
  const int64_t b = TRY(value_of(atom.b, bindings));
  if (atom.kind == Kind::kMin) return std::min(a, b);
  if (atom.kind == Kind::kMax) return std::max(a, b);
  if (atom.kind == Kind::kBroadcast) {
    if (a == b || b == 1) return a;
    if (a == 1) return b;
    return invalid_argument("{} does not broadcast to {}", a, b);
  }
  if (b == 0) return invalid_argument("{} is divided by {}, which is 0", a, atom.b.to_string());
  if (atom.kind == Kind::kMod) return floor_remainder(a, b);
  const auto quotient = floor_quotient(a, b);
  if (!quotient) return out_of_range();
  return *quotient;
}

Result<int64_t> value_of(const Dim& dim, const SymbolBindings& bindings) {
  if (Expression::overflowed(dim)) {
    return invalid_argument("the expression outgrew 64-bit numbers or {} terms when it was made",
                            kMaxDimSize);
  }
  int64_t sum = Expression::constant_of(dim);
  for (const DimTerm& term : Expression::terms_of(dim)) {
    int64_t product = term.coefficient;
    for (const auto& factor : term.factors) {
      const auto next = checked_mul(product, TRY(value_of(*factor, bindings)));
      if (!next) return out_of_range();
      product = *next;
    }
    const auto next = checked_add(sum, product);
    if (!next) return out_of_range();
    sum = *next;
  }
  return sum;
}

Dim replace(const DimAtom& atom, const Replacements& replacements) {
  const auto operand = [&](const Dim& dim) { return dim.substitute(replacements); };
  switch (atom.kind) {
    case Kind::kFloorDiv:
      return Dim::floor_div(operand(atom.a), operand(atom.b));
    case Kind::kMod:
      return Dim::mod(operand(atom.a), operand(atom.b));
    case Kind::kMin:
      return Dim::min(operand(atom.a), operand(atom.b));
    case Kind::kMax:
      return Dim::max(operand(atom.a), operand(atom.b));
    case Kind::kBroadcast:
      return Dim::broadcast(operand(atom.a), operand(atom.b));
    case Kind::kSymbol:
      break;
  }
  const auto found = replacements.find(atom.name);
  return found == replacements.end() ? Dim::symbol(atom.name) : found->second;
}

// The range that all four combinations of bounds span; nullopt where one does not fit.
template <class Operation>
std::optional<DimRange> span_of(const DimRange& a, const DimRange& b, Operation operation) {
  const std::array<std::optional<int64_t>, 4> corners = {
      operation(a.min, b.min), operation(a.min, b.max), operation(a.max, b.min),
      operation(a.max, b.max)};
  if (std::ranges::any_of(corners, [](const auto& corner) { return !corner; })) return {};
  const auto [least, greatest] = std::ranges::minmax(corners);
  return DimRange{*least, *greatest};
}

// b does not hold 0. The result has the sign of b and is nearer to 0 than b; a that lies there
// already is its own result.
DimRange range_of_mod(const DimRange& a, const DimRange& b) {
  if (b.min > 0) {
    if (a.min >= 0 && a.max < b.min) return a;
    return {0, a.min >= 0 ? std::min(a.max, b.max - 1) : b.max - 1};
  }
  if (a.max <= 0 && a.min > b.max) return a;
  return {a.max <= 0 ? std::max(a.min, b.min + 1) : b.min + 1, 0};
}

// It is one of the two, and the larger one where both are at least 1.
DimRange range_of_broadcast(const DimRange& a, const DimRange& b) {
  const int64_t min = a.min >= 1 && b.min >= 1 ? std::max(a.min, b.min) : std::min(a.min, b.min);
  return {min, std::max(a.max, b.max)};
}

std::optional<DimRange> range_of(const DimAtom& atom, const SymbolRanges& ranges) {
  if (atom.kind == Kind::kSymbol) {
    const auto found = ranges.find(atom.name);
    return found == ranges.end() ? std::nullopt : std::optional(found->second);
  }
  const auto a = atom.a.range(ranges);
  const auto b = atom.b.range(ranges);
  if (!a || !b) return std::nullopt;
  if (atom.kind == Kind::kMin) return DimRange{std::min(a->min, b->min), std::min(a->max, b->max)};
  if (atom.kind == Kind::kMax) return DimRange{std::max(a->min, b->min), std::max(a->max, b->max)};
  if (atom.kind == Kind::kBroadcast) return range_of_broadcast(*a, *b);
  if (b->min <= 0 && b->max >= 0) return std::nullopt;
  if (atom.kind == Kind::kMod) return range_of_mod(*a, *b);
  return span_of(*a, *b, floor_quotient);
}

bool may_have_value(const DimAtom& atom, const SymbolRanges& ranges) {
  if (atom.kind == Kind::kSymbol) return true;
  if (!atom.a.may_have_value(ranges) || !atom.b.may_have_value(ranges)) return false;
  if (atom.kind == Kind::kBroadcast) return Dim::may_broadcast(atom.a, atom.b, ranges);
  if (atom.kind != Kind::kFloorDiv && atom.kind != Kind::kMod) return true;
  return atom.b.range(ranges) != DimRange{0, 0};
}

void collect(const Dim& dim, std::set<std::string>& names) {
  for (const DimTerm& term : Expression::terms_of(dim)) {
    for (const auto& factor : term.factors) {
      if (factor->kind == Kind::kSymbol) {
        names.insert(factor->name);
      } else {
        collect(factor->a, names);
        collect(factor->b, names);
      }
    }
  }
}

}  // namespace

Result<int64_t> Dim::evaluate(const SymbolBindings& bindings) const {
  if (is_constant()) return constant_;
  return TRY_CONTEXT(value_of(*this, bindings),
                     fmt::format("while evaluating dimension {}", to_string()));
}

Dim Dim::substitute(const Replacements& replacements) const {
  if (Expression::overflowed(*this)) return *this;
  Dim sum = constant_;
  for (const DimTerm& term : Expression::terms_of(*this)) {
    Dim product = term.coefficient;
    for (const auto& factor : term.factors) product = product * replace(*factor, replacements);
    sum = sum + product;
  }
  return sum;
}

std::optional<DimRange> Dim::range(const SymbolRanges& ranges) const {
  if (Expression::overflowed(*this)) return std::nullopt;
  DimRange sum{constant_, constant_};
  for (const DimTerm& term : Expression::terms_of(*this)) {
    std::optional<DimRange> product = DimRange{term.coefficient, term.coefficient};
    for (const auto& factor : term.factors) {
      const auto range = range_of(*factor, ranges);
      if (!range) return std::nullopt;
      product = span_of(*product, *range, checked_mul<int64_t>);
      if (!product) return std::nullopt;
    }
    const auto least = checked_add(sum.min, product->min);
    const auto greatest = checked_add(sum.max, product->max);
    if (!least || !greatest) return std::nullopt;
    sum = {*least, *greatest};
  }
  return sum;
}

std::optional<DimRange> Dim::range() const {
  std::set<std::string> symbols;
  collect_symbols(symbols);
  SymbolRanges ranges;
  for (const std::string& symbol : symbols) ranges[symbol] = {0, kMaxSymbol};
  return range(ranges);
}

bool Dim::is_at_least(int64_t low) const {
  const std::optional<DimRange> bounds = range();
  return bounds && bounds->min >= low;
}

bool Dim::may_have_value(const SymbolRanges& ranges) const {
  if (Expression::overflowed(*this)) return false;
  return std::ranges::all_of(Expression::terms_of(*this), [&](const DimTerm& term) {
    return std::ranges::all_of(term.factors, [&](const auto& factor) {
      return internal::may_have_value(*factor, ranges);
    });
  });
}

bool Dim::may_broadcast(const Dim& a, const Dim& b, const SymbolRanges& ranges) {
  const std::optional<DimRange> left = a.range(ranges);
  const std::optional<DimRange> right = b.range(ranges);
  if (!left || !right) return true;
  const auto holds_one = [](const DimRange& range) { return range.min <= 1 && range.max >= 1; };
  const bool meet = left->min <= right->max && right->min <= left->max;
  return meet || holds_one(*left) || holds_one(*right);
}

void Dim::collect_symbols(std::set<std::string>& names) const { collect(*this, names); }

}  // namespace tenon::internal
