#include "passes/remove_dead.h"

#include "graph/needed_values.h"

#include <span>

namespace tenon::internal {

Result<Patch> remove_dead(const Graph& graph) {
  Patch patch(graph);
  NeededValues needed(graph);
  const std::span<const NodeId> order = graph.order();
  for (auto at = order.rbegin(); at != order.rend(); ++at) {
    const NodeId id = *at;
    if (needed.by_any_output(id)) {
      needed.add_operands(id);
    } else {
      patch.remove(id);
    }
  }
  return patch;
}

}  // namespace tenon::internal
