// Evaluates nodes whose operands are all constants with the reference implementations. A node stays
// where the result would be larger than 16 MiB and larger than its operands, or where all constants
// in use would outgrow those that the graph was given by more than 16 MiB and 8 times their size,
// so that folding never blows a small model up; and where the evaluation fails: the run will say
// why.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> fold_constants(const Graph& graph);

}  // namespace tenon::internal
