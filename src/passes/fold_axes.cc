#include "passes/fold_axes.h"

#include "base/try.h"
#include "ops/reduce.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tenon::internal {

Result<Patch> fold_axes(const Graph& graph) {
  Patch patch(graph);
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    if (std::ranges::find(reduce_ops(), node.op) == reduce_ops().end()) continue;
    std::vector<ValueInfo> operands;
    for (const ValueId operand : node.inputs) {
      operands.push_back(operand.valid() ? graph.value(operand).info : ValueInfo());
    }
    Attrs attrs = TRY(with_axes(node.attrs, operands));
    if (node.inputs.size() == 1 && attrs == node.attrs) continue;
    const std::vector<ValueId> outputs =
        TRY(patch.add_node(id, *node.op, std::move(attrs), {node.inputs.front()}, node.name));
    patch.replace(node.outputs.front(), outputs.front());
    patch.remove(id);
  }
  return patch;
}

}  // namespace tenon::internal
