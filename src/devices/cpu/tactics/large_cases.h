// Cases for tactics beyond those of the ops: large enough to be cut into pieces, and of the shapes
// that networks have. Also what is measured.
#pragma once

#include "testing/op_cases.h"

#include <vector>

namespace tenon::internal::testing {

std::vector<OpCase> large_cases();

}  // namespace tenon::internal::testing
