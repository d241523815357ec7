#include "builder/split_regions.h"

#include "base/try.h"
#include "builder/node_layouts.h"
#include "device/tactic.h"
#include "graph/split_region.h"
#include "ops/region.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace tenon::internal {
namespace {

// What choose_layouts() tries for operands that are all plain it tries for all.
bool is_computed_whole(const Graph& graph, const Node& node, const Device& device) {
  const std::vector<Layout> plain(node.inputs.size(), Layout::kPlain);
  return std::ranges::any_of(layout_candidates(graph, node, plain),
                             [&](const NodeLayouts& candidate) {
                               return has_fast_tactic(graph, node, candidate, device);
                             });
}

}  // namespace

Status split_regions(Graph& graph, const Device& device) {
  for (const NodeId id : std::vector<NodeId>(graph.order().begin(), graph.order().end())) {
    Bodies bodies = graph.node(id).bodies;
    for (auto& body : bodies) {
      auto split = std::make_shared<Graph>(*body);
      TRY_STATUS(split_regions(*split, device));
      body = std::move(split);
    }
    graph.set_bodies(id, std::move(bodies));
  }
  const auto is_last_resort = [](const Tactic& tactic) { return tactic.last_resort; };
  if (std::ranges::all_of(device.tactics(), is_last_resort)) return {};
  // Parts may be regions that are split further; a part is smaller than its whole.
  for (bool changed = true; changed;) {
    changed = false;
    const std::vector<NodeId> order(graph.order().begin(), graph.order().end());
    for (const NodeId id : order) {
      const Node& node = graph.node(id);
      if (node.op->name != kRegionName || is_computed_whole(graph, node, device)) continue;
      Patch patch = TRY(split_region(graph, id));
      TRY_STATUS(std::move(patch).apply(graph));
      changed = true;
    }
  }
  return {};
}

}  // namespace tenon::internal
