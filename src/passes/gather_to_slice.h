// Makes a Gather of one index, or of indices one behind the other, a Slice, which may be a window
// of its operand.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> gather_to_slice(const Graph& graph);

}  // namespace tenon::internal
