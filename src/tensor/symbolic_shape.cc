// Shapes of symbolic dims; declared in dim.h.
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "tensor/dim.h"

#include <algorithm>
#include <utility>

namespace tenon::internal {
namespace {

// Whether neither is 1 and they differ, for all runs.
bool never_meet(const Dim& a, const Dim& b) {
  return a.is_constant() && b.is_constant() && !Dim::broadcast(a, b).is_constant();
}

}  // namespace

std::string to_string(const SymbolicShape& shape) {
  return "[" + join(shape, ",", &Dim::to_string) + "]";
}

SymbolicShape to_symbolic(std::span<const int64_t> shape) { return {shape.begin(), shape.end()}; }

Dim element_count(const SymbolicShape& shape) {
  // Whatever the others are, and however large their product.
  if (std::ranges::find(shape, Dim(0)) != shape.end()) return 0;
  Dim count = 1;
  for (const Dim& dim : shape) count = count * dim;
  return count;
}

Result<std::vector<int64_t>> evaluate(const SymbolicShape& shape, const SymbolBindings& bindings) {
  std::vector<int64_t> dims;
  dims.reserve(shape.size());
  for (const Dim& dim : shape) {
    const int64_t value = TRY(dim.evaluate(bindings));
    if (value < 0) {
      return invalid_argument("dimension {} of shape {} is {}; it must not be negative",
                              dims.size(), to_string(shape), value);
    }
    dims.push_back(value);
  }
  return dims;
}

Result<SymbolicShape> broadcast(const SymbolicShape& a, const SymbolicShape& b) {
  SymbolicShape result(std::max(a.size(), b.size()));
  for (size_t from_back = 1; from_back <= result.size(); ++from_back) {
    const Dim left = from_back <= a.size() ? a[a.size() - from_back] : Dim(1);
    const Dim right = from_back <= b.size() ? b[b.size() - from_back] : Dim(1);
    if (never_meet(left, right)) {
      return invalid_argument("shapes {} and {} do not broadcast: {} against {}", to_string(a),
                              to_string(b), left.to_string(), right.to_string());
    }
    result[result.size() - from_back] = Dim::broadcast(left, right);
  }
  return result;
}

Status bind_symbols(const SymbolicShape& pattern, std::span<const int64_t> shape,
                    SymbolBindings& bindings) {
  const auto mismatch = [&](size_t axis, std::string_view wanted) {
    return invalid_argument("shape {} does not fit {}: dimension {} must be {}",
                            to_string(to_symbolic(shape)), to_string(pattern), axis, wanted);
  };
  if (pattern.size() != shape.size()) {
    return invalid_argument("shape {} has {}; {} has {}", to_string(to_symbolic(shape)),
                            counted(shape.size(), "dimension"), to_string(pattern), pattern.size());
  }
  SymbolBindings bound = bindings;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const Dim& dim = pattern[axis];
    if (shape[axis] < 0) return mismatch(axis, "0 or more");
    if (dim.is_constant() && dim.constant() != shape[axis]) return mismatch(axis, dim.to_string());
    if (const std::string_view symbol = dim.as_symbol(); !symbol.empty()) {
      if (shape[axis] > kMaxSymbol) return mismatch(axis, fmt::format("{} at most", kMaxSymbol));
      const auto [entry, fresh] = bound.emplace(symbol, shape[axis]);
      if (!fresh && entry->second != shape[axis]) {
        return mismatch(axis, fmt::format("{}, the value of {}", entry->second, symbol));
      }
    }
  }
  bindings = std::move(bound);
  return ok_status();
}

}  // namespace tenon::internal
