#include "builder/node_layouts.h"

#include "builder/assemble.h"
#include "device/tactic.h"

#include <algorithm>
#include <utility>

namespace tenon::internal {

std::vector<NodeLayouts> layout_candidates(const Graph& graph, const Node& node,
                                           std::span<const Layout> given) {
  const auto channels_last_if = [&](ValueId id) {
    return has_channels_last(graph.value(id).info.shape) ? Layout::kChannelsLast : Layout::kPlain;
  };
  NodeLayouts plain;
  NodeLayouts mixed;
  NodeLayouts channels_last;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId id = node.inputs[i];
    const bool can_change =
        id.valid() && !graph.value(id).constant.has_value() && !in_mask(node.op->host_inputs, i);
    plain.inputs.push_back(Layout::kPlain);
    mixed.inputs.push_back(given[i]);
    channels_last.inputs.push_back(can_change ? channels_last_if(id) : Layout::kPlain);
  }
  for (const ValueId id : node.outputs) {
    plain.outputs.push_back(Layout::kPlain);
    mixed.outputs.push_back(channels_last_if(id));
    channels_last.outputs.push_back(channels_last_if(id));
  }
  const bool all_plain =
      std::ranges::count(given, Layout::kPlain) == static_cast<std::ptrdiff_t>(given.size());
  std::vector<NodeLayouts> order;
  if (all_plain) order.push_back(plain);
  order.push_back(std::move(mixed));
  order.push_back(std::move(channels_last));
  if (!all_plain) order.push_back(std::move(plain));
  return order;
}

bool has_fast_tactic(const Graph& graph, const Node& node, const NodeLayouts& layouts,
                     const Device& device) {
  Problem problem = problem_of(graph, node);
  for (size_t i = 0; i < layouts.inputs.size(); ++i) problem.inputs[i].layout = layouts.inputs[i];
  for (size_t i = 0; i < layouts.outputs.size(); ++i) {
    problem.outputs[i].layout = layouts.outputs[i];
  }
  const Result<const Tactic*> tactic = default_tactic(problem, device);
  return tactic.ok() && !(*tactic)->last_resort;
}

}  // namespace tenon::internal
