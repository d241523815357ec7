// Makes transposes fewer. A Transpose of a Transpose becomes one, or none where the axes end where
// they began. Pointwise nodes that lie between transposes are computed on the operands as they are
// before theirs, and what they compute is transposed behind them, where that leaves fewer
// transposes to run: because they cancel those behind, because several operands were transposed
// alike, or because a product reads its operands through views.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> move_transposes(const Graph& graph);

}  // namespace tenon::internal
