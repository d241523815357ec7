// Division, modulo, minimum, maximum and broadcasting of dims: what shape arithmetic can simplify
// is simplified, the rest becomes an atom.
#include "base/checked_math.h"
#include "tensor/dim.h"
#include "tensor/dim_expression.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace tenon::internal {

std::optional<int64_t> floor_quotient(int64_t a, int64_t b) {
  if (b == 0) return std::nullopt;
  if (b == -1) return checked_sub<int64_t>(0, a);
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

int64_t floor_remainder(int64_t a, int64_t b) {
  if (b == -1) return 0;
  const int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

namespace {

using Expression = Dim::Expression;
using Kind = DimAtom::Kind;

std::optional<int64_t> exact_quotient(int64_t a, int64_t b) {
  if (b == 0 || floor_remainder(a, b) != 0) return std::nullopt;
  return floor_quotient(a, b);
}

bool leads_negative(const Dim& dim) {
  const auto terms = Expression::terms_of(dim);
  return !terms.empty() && terms[0].coefficient < 0;
}

// a / b without rest, or nullopt.
std::optional<DimTerm> divide(const DimTerm& a, const DimTerm& b) {
  const auto coefficient = exact_quotient(a.coefficient, b.coefficient);
  if (!coefficient) return std::nullopt;
  DimTerm quotient{*coefficient, {}};
  size_t used = 0;
  for (const auto& factor : a.factors) {
    if (used < b.factors.size() &&
        Expression::compare_factors({1, {factor}}, {1, {b.factors[used]}}) == 0) {
      ++used;
    } else {
      quotient.factors.push_back(factor);
    }
  }
  if (used != b.factors.size()) return std::nullopt;
  return quotient;
}

std::optional<Dim> divide_by_constant(const Dim& a, int64_t b) {
  const auto constant = exact_quotient(Expression::constant_of(a), b);
  if (!constant) return std::nullopt;
  std::vector<DimTerm> terms;
  for (const DimTerm& term : Expression::terms_of(a)) {
    const auto coefficient = exact_quotient(term.coefficient, b);
    if (!coefficient) return std::nullopt;
    terms.push_back({*coefficient, term.factors});
  }
  return Expression::make(std::move(terms), *constant);
}

// a = divisor * whole + rest, where rest holds the terms whose coefficients the divisor does not
// divide and a constant in [0, divisor).
struct Split {
  Dim whole;
  Dim rest;
};

Split split(const Dim& a, int64_t divisor) {
  std::vector<DimTerm> whole;
  std::vector<DimTerm> rest;
  for (const DimTerm& term : Expression::terms_of(a)) {
    if (const auto quotient = exact_quotient(term.coefficient, divisor)) {
      whole.push_back({*quotient, term.factors});
    } else {
      rest.push_back(term);
    }
  }
  const int64_t constant = Expression::constant_of(a);
  return {Expression::make(std::move(whole), floor_quotient(constant, divisor).value_or(0)),
          Expression::make(std::move(rest), floor_remainder(constant, divisor))};
}

// The greatest divisor that all coefficients of `dim` (its constant aside) share with `number`.
int64_t common_divisor(const Dim& dim, int64_t number) {
  for (const DimTerm& term : Expression::terms_of(dim)) {
    // |coefficient| may not fit; the rest has the same divisors in common with `number`.
    number = std::gcd(number, floor_remainder(term.coefficient, number));
  }
  return number;
}

// floor(dim / divisor), term by term; the divisor divides every coefficient but the constant's.
Dim shrink(const Dim& dim, int64_t divisor) {
  const int64_t constant = Expression::constant_of(dim);
  return *divide_by_constant(dim - constant, divisor) + *floor_quotient(constant, divisor);
}

Dim floor_div_by(const Dim& a, int64_t divisor);

// floor(rest / divisor) for a rest as split() leaves it.
Dim floor_div_rest(Dim rest, int64_t divisor) {
  if (rest.is_constant()) return 0;
  if (Expression::overflowed(rest)) return rest;
  const int64_t shared = common_divisor(rest, divisor);
  if (shared > 1) {
    rest = shrink(rest, shared);
    divisor /= shared;
  }
  if (leads_negative(rest)) {
    // floor(x / k) = -floor((k - 1 - x) / k): of the two forms the one without a leading minus.
    return Dim(0) - floor_div_rest(Dim(divisor - 1) - rest, divisor);
  }
  // floor((floor(x / a) + c) / b) = floor((x + a*c) / (a*b))
  const int64_t constant = Expression::constant_of(rest);
  const DimAtom* inner = Expression::as_atom(rest - constant);
  if (inner != nullptr && inner->kind == Kind::kFloorDiv && inner->b.is_constant() &&
      inner->b.constant() > 0) {
    const auto both = checked_mul(inner->b.constant(), divisor);
    const Dim numerator = inner->a + inner->b * constant;
    if (both && !Expression::overflowed(numerator)) return floor_div_by(numerator, *both);
  }
  return Expression::atom(Kind::kFloorDiv, rest, divisor);
}

// divisor > 0
Dim floor_div_by(const Dim& a, int64_t divisor) {
  Split parts = split(a, divisor);
  return parts.whole + floor_div_rest(std::move(parts.rest), divisor);
}

// A constant that can be negated.
bool is_negative(const Dim& dim) {
  return dim.is_constant() && dim.constant() < 0 &&
         dim.constant() != std::numeric_limits<int64_t>::min();
}

void flatten(Kind kind, const Dim& dim, std::vector<Dim>& operands) {
  const DimAtom* atom = Expression::as_atom(dim);
  if (atom != nullptr && atom->kind == kind) {
    flatten(kind, atom->a, operands);
    flatten(kind, atom->b, operands);
  } else {
    operands.push_back(dim);
  }
}

// Sorted, so that order and nesting do not matter. Not empty.
Dim nest(Kind kind, std::vector<Dim> operands) {
  std::ranges::sort(operands, [](const Dim& x, const Dim& y) { return Dim::compare(x, y) < 0; });
  return std::accumulate(
      operands.begin() + 1, operands.end(), operands.front(),
      [&](const Dim& sum, const Dim& next) { return Expression::atom(kind, sum, next); });
}

// Minimum or maximum of all operands of both: flat, sorted, without those that another one beats.
Dim extremum(Kind kind, const Dim& a, const Dim& b) {
  if (Expression::overflowed(a) || Expression::overflowed(b)) return Expression::overflow();
  using Limits = std::numeric_limits<int64_t>;
  const int64_t neutral = kind == Kind::kMin ? Limits::max() : Limits::min();
  std::vector<Dim> operands;
  flatten(kind, a, operands);
  flatten(kind, b, operands);
  std::vector<Dim> kept;
  for (const Dim& operand : operands) {
    if (operand == Dim(neutral)) continue;
    const auto rival = std::ranges::find_if(
        kept, [&](const Dim& other) { return (operand - other).is_constant(); });
    if (rival == kept.end()) {
      kept.push_back(operand);
    } else if (((operand - *rival).constant() < 0) == (kind == Kind::kMin)) {
      *rival = operand;
    }
  }
  if (kept.empty()) return neutral;
  return nest(kind, std::move(kept));
}

}  // namespace

std::optional<Dim> Dim::exact_div(const Dim& a, const Dim& b) {
  if (Expression::overflowed(a) || Expression::overflowed(b)) return std::nullopt;
  if (b.is_constant()) return divide_by_constant(a, b.constant());
  const DimTerm& divisor = Expression::terms_of(b)[0];
  Dim quotient = 0;
  Dim rest = a;
  while (rest != Dim(0)) {
    if (rest.is_constant()) return std::nullopt;
    auto term = divide(Expression::terms_of(rest)[0], divisor);
    if (!term) return std::nullopt;
    const Dim step =
        term->factors.empty() ? Dim(term->coefficient) : Expression::make({*std::move(term)}, 0);
    quotient = quotient + step;
    rest = rest - step * b;
    if (Expression::overflowed(quotient) || Expression::overflowed(rest)) return std::nullopt;
  }
  return quotient;
}

Dim Dim::floor_div(const Dim& a, const Dim& b) {
  if (Expression::overflowed(a) || Expression::overflowed(b)) return Expression::overflow();
  if (b == Dim(0)) return Expression::atom(Kind::kFloorDiv, a, b);
  if (a.is_constant() && b.is_constant()) {
    const auto quotient = floor_quotient(a.constant(), b.constant());
    return quotient ? Dim(*quotient) : Expression::overflow();
  }
  if (auto quotient = exact_div(a, b)) return *std::move(quotient);
  if (is_negative(b) || leads_negative(b)) return floor_div(Dim(0) - a, Dim(0) - b);
  if (b.is_constant() && b.constant() > 0) return floor_div_by(a, b.constant());
  return Expression::atom(Kind::kFloorDiv, a, b);
}

Dim Dim::ceil_div(const Dim& a, const Dim& b) {
  if (a.is_constant() && b.is_constant() && b != Dim(0)) {
    const bool rounded = floor_remainder(a.constant(), b.constant()) != 0;
    return floor_div(a, b) + (rounded ? 1 : 0);
  }
  return Dim(0) - floor_div(Dim(0) - a, b);
}

Dim Dim::mod(const Dim& a, const Dim& b) {
  if (Expression::overflowed(a) || Expression::overflowed(b)) return Expression::overflow();
  if (b == Dim(0)) return Expression::atom(Kind::kMod, a, b);
  if (a.is_constant() && b.is_constant()) return floor_remainder(a.constant(), b.constant());
  if (exact_div(a, b)) return 0;
  if (is_negative(b)) return Dim(0) - mod(Dim(0) - a, Dim(0) - b);
  if (!b.is_constant() || b.constant() < 0) return Expression::atom(Kind::kMod, a, b);
  std::vector<DimTerm> terms;
  for (const DimTerm& term : Expression::terms_of(a)) {
    const int64_t coefficient = floor_remainder(term.coefficient, b.constant());
    if (coefficient != 0) terms.push_back({coefficient, term.factors});
  }
  const Dim reduced =
      Expression::make(std::move(terms), floor_remainder(Expression::constant_of(a), b.constant()));
  return reduced.is_constant() ? reduced : Expression::atom(Kind::kMod, reduced, b);
}

Dim Dim::min(const Dim& a, const Dim& b) { return extremum(Kind::kMin, a, b); }

Dim Dim::max(const Dim& a, const Dim& b) { return extremum(Kind::kMax, a, b); }

Dim Dim::broadcast(const Dim& a, const Dim& b) {
  if (Expression::overflowed(a) || Expression::overflowed(b)) return Expression::overflow();
  std::vector<Dim> operands;
  flatten(Kind::kBroadcast, a, operands);
  flatten(Kind::kBroadcast, b, operands);
  std::vector<Dim> constants;
  std::vector<Dim> open;
  for (const Dim& operand : operands) {
    std::vector<Dim>& kept = operand.is_constant() ? constants : open;
    if (operand != Dim(1) && std::ranges::find(kept, operand) == kept.end()) {
      kept.push_back(operand);
    }
  }
  if (!constants.empty()) return nest(Kind::kBroadcast, std::move(constants));
  if (!open.empty()) return nest(Kind::kBroadcast, std::move(open));
  return 1;
}

}  // namespace tenon::internal
