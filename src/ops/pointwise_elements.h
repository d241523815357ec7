// Known elements of pointwise results: shape arithmetic.
#pragma once

#include "ops/pointwise.h"
#include "tensor/dim.h"

#include <optional>
#include <span>
#include <vector>

namespace tenon::internal {

// The elements that a verified program with one output computes from operands whose elements are
// known, row-major; `shape` is the output's. nullopt where they do not follow: an operand's
// elements are unknown, values pass through a floating type, or an operation on symbols has no
// exact expression (a quotient of dims that may be negative). Symbols stand for sizes, which are
// not negative and far below 2^63.
std::optional<std::vector<Dim>> pointwise_elements(const PointwiseProgram& program,
                                                   std::span<const ValueInfo> in,
                                                   const SymbolicShape& shape);

}  // namespace tenon::internal
