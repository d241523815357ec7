#include "passes/fold_shapes.h"

#include "base/try.h"
#include "graph/needed_values.h"
#include "passes/dims_value.h"

#include <algorithm>
#include <span>

namespace tenon::internal {
namespace {

bool all_known(const Graph& graph, const Node& node) {
  return std::ranges::all_of(node.outputs, [&](ValueId output) {
    const ValueInfo& info = graph.value(output).info;
    return info.elements.has_value() && bits_of(info.type) >= 8;
  });
}

bool all_constant(const Graph& graph, const Node& node) {
  return std::ranges::all_of(node.outputs, [&](ValueId output) {
    return std::ranges::all_of(*graph.value(output).info.elements, &Dim::is_constant);
  });
}

}  // namespace

Result<Patch> fold_shapes(const Graph& graph) {
  Patch patch(graph);
  NeededValues needed(graph);
  const std::span<const NodeId> order = graph.order();
  for (auto at = order.rbegin(); at != order.rend(); ++at) {
    const NodeId id = *at;
    if (!needed.by_any_output(id)) continue;
    const Node& node = graph.node(id);
    const bool is_dims = node.op->name == kDimsName;
    // What tells extents stays, or nothing would.
    if (has_stem(*node.op) || !all_known(graph, node) || (is_dims && !all_constant(graph, node))) {
      needed.add_operands(id);
      continue;
    }
    for (const ValueId output : node.outputs) {
      patch.replace(output, TRY(add_dims(patch, id, graph.value(output).info, node.name)));
    }
    patch.remove(id);
  }
  return patch;
}

}  // namespace tenon::internal
