// Makes squares and cubes of floating numbers products: a Pow with the constant exponent 2 or 3 is
// a call of a function for each element, a product is not, and may stand before a reduction.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> expand_powers(const Graph& graph);

}  // namespace tenon::internal
