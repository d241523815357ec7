// What must hold for a plan before anything runs on it.
#pragma once

#include "plan/plan.h"

#include <tenon/error.h>

#include <cstdint>

namespace tenon::internal {

// Indices in range; ops known, operand counts right; storage consistent (a weight as large as its
// value, aliases of values that may have them, values written before they are read, inputs and
// weights never written); dims stand on symbols that stand bare in a dim of an input; elements are
// integers or truths and as many as a shape without symbols says. With bind_plan() (bind_plan.h),
// which compares every step with its op's inference once shapes are known, this keeps a run inside
// its own memory whatever the file holds. Errors: CorruptData, or VersionMismatch for an op this
// library lacks.
Status verify(const Plan& plan, int64_t weights_region_bytes);

}  // namespace tenon::internal
