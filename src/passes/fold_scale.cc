#include "passes/fold_scale.h"

#include "base/try.h"
#include "passes/channel_affine.h"

#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// The nodes behind a linear node that are arithmetic on channels, and what they do together.
struct Chain {
  std::vector<NodeId> nodes;
  ChannelAffine affine;
  ValueId result;
};

Chain chain_behind(const Graph& graph, std::span<const std::vector<Use>> uses,
                   const LinearNode& linear) {
  Chain chain;
  chain.result = graph.node(linear.id).outputs.front();
  for (;;) {
    const NodeId next = only_user(graph, uses, chain.result);
    if (!next.valid()) return chain;
    const auto affine =
        affine_of(graph, graph.node(next), chain.result, linear.axis, linear.channels);
    if (!affine) return chain;
    chain.affine = chain.nodes.empty() ? *affine : chain.affine.then(*affine);
    chain.nodes.push_back(next);
    chain.result = graph.node(next).outputs.front();
  }
}

}  // namespace

Result<Patch> fold_scale(const Graph& graph) {
  const std::vector<std::vector<Use>> uses = graph.uses();
  Patch patch(graph);
  for (const NodeId id : graph.order()) {
    const std::optional<LinearNode> linear = linear_node(graph, id);
    if (!linear) continue;
    const Chain chain = chain_behind(graph, uses, *linear);
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
