#include "tensor/dim.h"

#include "base/check.h"
#include "base/checked_math.h"
#include "tensor/dim_expression.h"

#include <algorithm>
#include <compare>
#include <utility>

namespace tenon::internal {
namespace {

using Expression = Dim::Expression;
using Kind = DimAtom::Kind;

// Characters of a symbol.
constexpr size_t kMaxName = 128;

int sign_of(std::strong_ordering order) {
  return std::is_lt(order) ? -1 : std::is_gt(order) ? 1 : 0;
}

int compare_atoms(const DimAtom& a, const DimAtom& b) {
  if (&a == &b) return 0;
  if (a.kind != b.kind) return sign_of(a.kind <=> b.kind);
  if (a.kind == Kind::kSymbol) return sign_of(a.name <=> b.name);
  const int first = Dim::compare(a.a, b.a);
  return first != 0 ? first : Dim::compare(a.b, b.b);
}

bool atom_less(const std::shared_ptr<const DimAtom>& a, const std::shared_ptr<const DimAtom>& b) {
  return compare_atoms(*a, *b) < 0;
}

bool leads(const DimTerm& a, const DimTerm& b) { return Expression::compare_factors(a, b) < 0; }

using Combine = std::optional<int64_t> (*)(int64_t, int64_t);

// a + b or a - b, as `combine` says.
Dim merge(const Dim& a, const Dim& b, Combine combine) {
  if (Expression::overflowed(a) || Expression::overflowed(b)) return Expression::overflow();
  const auto constant = combine(Expression::constant_of(a), Expression::constant_of(b));
  if (!constant) return Expression::overflow();
  const auto left = Expression::terms_of(a);
  const auto right = Expression::terms_of(b);
  std::vector<DimTerm> terms;
  terms.reserve(left.size() + right.size());
  for (size_t i = 0, j = 0; i < left.size() || j < right.size();) {
    int order = i == left.size() ? 1 : -1;
    if (i < left.size() && j < right.size()) {
      order = Expression::compare_factors(left[i], right[j]);
    }
    const auto coefficient =
        combine(order <= 0 ? left[i].coefficient : 0, order >= 0 ? right[j].coefficient : 0);
    if (!coefficient) return Expression::overflow();
    const DimTerm& source = order <= 0 ? left[i] : right[j];
    if (*coefficient != 0) terms.push_back({*coefficient, source.factors});
    i += order <= 0 ? 1 : 0;
    j += order >= 0 ? 1 : 0;
  }
  return Expression::make(std::move(terms), *constant);
}

// The product of two terms; nullopt where the coefficient does not fit.
std::optional<DimTerm> multiply(const DimTerm& a, const DimTerm& b) {
  const auto coefficient = checked_mul(a.coefficient, b.coefficient);
  if (!coefficient) return std::nullopt;
  DimTerm product{*coefficient, {}};
  product.factors.reserve(a.factors.size() + b.factors.size());
  std::ranges::merge(a.factors, b.factors, std::back_inserter(product.factors), atom_less);
  return product;
}

// Sorts terms and adds up those of equal factors. False where a sum does not fit.
bool collect(std::vector<DimTerm>& terms) {
  std::ranges::sort(terms, leads);
  std::vector<DimTerm> collected;
  for (DimTerm& term : terms) {
    if (collected.empty() || leads(collected.back(), term)) {
      collected.push_back(std::move(term));
      continue;
    }
    const auto sum = checked_add(collected.back().coefficient, term.coefficient);
    if (!sum) return false;
    collected.back().coefficient = *sum;
  }
  std::erase_if(collected, [](const DimTerm& term) { return term.coefficient == 0; });
  terms = std::move(collected);
  return true;
}

Dim scale(const Dim& dim, int64_t factor) {
  if (factor == 0) return 0;
  const auto constant = checked_mul(Expression::constant_of(dim), factor);
  if (!constant) return Expression::overflow();
  const auto terms = Expression::terms_of(dim);
  std::vector<DimTerm> scaled(terms.begin(), terms.end());
  for (DimTerm& term : scaled) {
    const auto coefficient = checked_mul(term.coefficient, factor);
    if (!coefficient) return Expression::overflow();
    term.coefficient = *coefficient;
  }
  return Expression::make(std::move(scaled), *constant);
}

}  // namespace

std::span<const DimTerm> Expression::terms_of(const Dim& dim) {
  if (dim.is_constant()) return {};
  return dim.expression_->terms;
}

bool Expression::overflowed(const Dim& dim) {
  return !dim.is_constant() && dim.expression_->terms.empty();
}

size_t Expression::size_of(const Dim& dim) {
  return 1 + (dim.is_constant() ? 0 : dim.expression_->size);
}

Dim Expression::overflow() {
  Dim dim;
  dim.expression_ = std::make_shared<const Expression>();
  return dim;
}

Dim Expression::make(std::vector<DimTerm> terms, int64_t constant) {
  Dim dim(constant);
  if (terms.empty()) return dim;
  size_t size = 0;
  for (const DimTerm& term : terms) {
    ++size;
    for (const auto& factor : term.factors) size += factor->size;
  }
  if (size > kMaxDimSize) return overflow();
  dim.expression_ = std::make_shared<const Expression>(Expression{std::move(terms), size});
  return dim;
}

Dim Expression::atom(Kind kind, const Dim& a, const Dim& b) {
  if (overflowed(a) || overflowed(b)) return overflow();
  auto atom = std::make_shared<const DimAtom>(DimAtom{kind, {}, a, b, 1 + size_of(a) + size_of(b)});
  return make({{1, {std::move(atom)}}}, 0);
}

const DimAtom* Expression::as_atom(const Dim& dim) {
  const auto terms = terms_of(dim);
  const bool bare = terms.size() == 1 && terms[0].coefficient == 1 &&
                    terms[0].factors.size() == 1 && constant_of(dim) == 0;
  return bare ? terms[0].factors[0].get() : nullptr;
}

int Expression::compare_factors(const DimTerm& a, const DimTerm& b) {
  if (a.factors.size() != b.factors.size()) return a.factors.size() > b.factors.size() ? -1 : 1;
  for (size_t i = 0; i < a.factors.size(); ++i) {
    const int order = compare_atoms(*a.factors[i], *b.factors[i]);
    if (order != 0) return order;
  }
  return 0;
}

Dim Dim::symbol(std::string_view name) {
  auto atom = std::make_shared<const DimAtom>(DimAtom{Kind::kSymbol, symbol_name(name), 0, 0, 1});
  return Expression::make({{1, {std::move(atom)}}}, 0);
}

std::string Dim::symbol_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto is_tail = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  std::string name;
  if (text.empty() || is_tail(text[0])) name = "_";
  for (const char c : text) name += is_letter(c) || is_tail(c) ? c : '_';
  if (name.size() > kMaxName) name.resize(kMaxName);
  return name;
}

std::string Dim::unused_symbol_name(std::string_view text,
                                    FunctionRef<bool(std::string_view)> taken) {
  const std::string stem = symbol_name(text);
  std::string name = stem;
  for (uint64_t number = 1; taken(name); ++number) {
    const std::string tail = fmt::format("_{}", number);
    name = stem.substr(0, kMaxName - tail.size()) + tail;
  }
  return name;
}

int64_t Dim::constant() const {
  TENON_CHECK(is_constant(), "dim {} is not a constant", to_string());
  return constant_;
}

std::optional<int64_t> Dim::as_constant() const {
  return is_constant() ? std::optional(constant_) : std::nullopt;
}

std::string_view Dim::as_symbol() const {
  const DimAtom* atom = Expression::as_atom(*this);
  return atom == nullptr ? std::string_view() : atom->name;
}

Dim operator+(const Dim& a, const Dim& b) { return merge(a, b, checked_add<int64_t>); }

Dim operator-(const Dim& a, const Dim& b) { return merge(a, b, checked_sub<int64_t>); }

Dim operator*(const Dim& a, const Dim& b) {
  if (Expression::overflowed(a) || Expression::overflowed(b)) return Expression::overflow();
  if (a.is_constant()) return scale(b, a.constant_);
  if (b.is_constant()) return scale(a, b.constant_);
  const auto lefts = Expression::terms_of(a);
  const auto rights = Expression::terms_of(b);
  // Most products of that many terms are too large in the end; none is worth the time.
  constexpr size_t kMaxProducts = 2 * kMaxDimSize;
  if (lefts.size() * rights.size() > kMaxProducts) return Expression::overflow();
  std::vector<DimTerm> products;
  for (const DimTerm& left : lefts) {
    for (const DimTerm& right : rights) {
      auto product = multiply(left, right);
      if (!product) return Expression::overflow();
      products.push_back(*std::move(product));
    }
  }
  if (!collect(products)) return Expression::overflow();
  // What a constant contributes is the other dim's terms once more.
  return Expression::make(std::move(products), 0) + scale(b - b.constant_, a.constant_) +
         scale(a, b.constant_);
}

bool operator==(const Dim& a, const Dim& b) {
  if (a.constant_ != b.constant_) return false;
  return a.expression_ == b.expression_ || Dim::compare(a, b) == 0;
}

int Dim::compare(const Dim& a, const Dim& b) {
  if (a.expression_ != b.expression_) {
    if (a.is_constant() != b.is_constant()) return a.is_constant() ? -1 : 1;
    const auto left = Expression::terms_of(a);
    const auto right = Expression::terms_of(b);
    for (size_t i = 0; i < left.size() && i < right.size(); ++i) {
      const int order = Expression::compare_factors(left[i], right[i]);
      if (order != 0) return order;
      if (left[i].coefficient != right[i].coefficient) {
        return sign_of(left[i].coefficient <=> right[i].coefficient);
      }
    }
    if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
  }
  return sign_of(a.constant_ <=> b.constant_);
}

}  // namespace tenon::internal
