// The structure of dims that are not constant; for the dim*.cc files only.
#pragma once

#include "tensor/dim.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tenon::internal {

// A factor that the polynomial does not look into. Immutable.
struct DimAtom {
  enum class Kind : uint8_t { kSymbol, kFloorDiv, kMod, kMin, kMax, kBroadcast };

  Kind kind;
  // Of a symbol; else empty.
  std::string name;
  // Operands of the other kinds.
  Dim a;
  Dim b;
  // Nodes in it, as kMaxDimSize counts them.
  size_t size = 1;
};

// coefficient x product of the factors. The coefficient is not 0, the factors are sorted and not
// none.
struct DimTerm {
  int64_t coefficient;
  std::vector<std::shared_ptr<const DimAtom>> factors;
};

// Terms, factors, operands and constants of one dim, written out as text. Beyond it a dim
// overflows, so that no chain of operations makes text, time or recursion grow without bound.
inline constexpr size_t kMaxDimSize = 512;

// The terms of a dim that is not constant; Dim::constant_ is added to them. Sorted with the leading
// term first, each product of factors once. No terms at all: the dim overflowed.
struct Dim::Expression {
  std::vector<DimTerm> terms;
  size_t size = 0;

  // None for a constant.
  static std::span<const DimTerm> terms_of(const Dim& dim);
  static int64_t constant_of(const Dim& dim) { return dim.constant_; }
  static bool overflowed(const Dim& dim);
  static size_t size_of(const Dim& dim);

  static Dim overflow();
  // Sorted terms, possibly none; overflow() where they are too many.
  static Dim make(std::vector<DimTerm> terms, int64_t constant);
  // overflow() if an operand is.
  static Dim atom(DimAtom::Kind kind, const Dim& a, const Dim& b);
  // The atom that the dim consists of, or nullptr.
  static const DimAtom* as_atom(const Dim& dim);
  // Order of the products of factors: higher degree first, then by factors.
  static int compare_factors(const DimTerm& a, const DimTerm& b);
};

// a / b rounded towards minus infinity; nullopt for b = 0 and where the quotient does not fit.
std::optional<int64_t> floor_quotient(int64_t a, int64_t b);

// a - b * floor(a / b), of the sign of b. b != 0.
int64_t floor_remainder(int64_t a, int64_t b);

}  // namespace tenon::internal
