// Random pointwise programs for tests.
#pragma once

#include "ops/pointwise.h"

#include <tenon/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenon::internal::testing {

// A verified program over these inputs, from a seed: rows of the whole table, as far as they take
// the types at hand, with random parameters. Each instruction uses the one before it, the first one
// input 0, where the table allows; the last is the only output. There must be an input and
// `instructions` be 1 or more.
PointwiseProgram random_program(std::vector<DataType> inputs, size_t instructions, uint64_t seed);

}  // namespace tenon::internal::testing
