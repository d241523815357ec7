#include "passes/fold_scale.h"

#include "base/try.h"
#include "passes/channel_affine.h"

#include <optional>
#include <vector>

namespace tenon::internal {

Result<Patch> fold_scale(const Graph& graph) {
  const std::vector<std::vector<Use>> uses = graph.uses();
  Patch patch(graph);
  for (const NodeId id : graph.order()) {
    const std::optional<LinearNode> linear = linear_node(graph, id);
    if (!linear) continue;
    const AffineChain chain =
        affine_behind(graph, uses, graph.node(id).outputs.front(), linear->axis, linear->channels);
    if (chain.nodes.empty()) continue;
    const bool is_product = graph.node(id).op->name == "MatMul";
    if (is_product && chain.nodes.size() == 1 && !chain.affine.has_scale()) continue;
    if (!TRY(fold_into_weights(patch, graph, uses, *linear, chain.affine, chain.result))) continue;
    patch.remove(id);
    for (const NodeId node : chain.nodes) patch.remove(node);
  }
  return patch;
}

}  // namespace tenon::internal
