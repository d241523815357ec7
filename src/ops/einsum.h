// Einsum: products of tensors, summed over the axes that the result does not have.
#pragma once

#include "ops/op_def.h"

#include <tenon/error.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

struct EinsumAttrs {
  // As NumPy has it: "bij,bjk->bik", "...ii". Without an arrow the result has the axes of all
  // ellipses, then the letters that occur once, in the order of their codes.
  std::string equation = {};
  bool operator==(const EinsumAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("equation", self.equation); }
};

// Axes by what they are called: those with equal numbers go together. The axes of ellipses have
// numbers from 0 on, aligned at their ends, and letters come after them, in the order of their
// codes.
struct EinsumLabels {
  std::vector<std::vector<size_t>> operands;
  std::vector<size_t> result;
  // Numbers of ellipses are below this, and all numbers below `count`.
  size_t ellipsis = 0;
  size_t count = 0;
};

// Errors: InvalidArgument where the equation has another form or is not one for operands of these
// ranks.
Result<EinsumLabels> einsum_labels(std::string_view equation, std::span<const size_t> ranks);

// Operands of one numeric type, as many as the equation has terms. Axes of extent 1 broadcast.
// Integers wrap around.
std::span<const OpDef* const> einsum_ops();

}  // namespace tenon::internal
