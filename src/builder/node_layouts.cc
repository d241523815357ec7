#include "builder/node_layouts.h"

#include "builder/assemble.h"
#include "device/tactic.h"
#include "ops/region_parts.h"

#include <algorithm>
#include <utility>

namespace tenon::internal {

namespace {

Layout channels_last_if_possible(const ValueInfo& info) {
  return has_channels_last(info.shape) ? Layout::kChannelsLast : Layout::kPlain;
}

// Of each operand: whether it lies beside the result, so that a step wants it in the same layout.
std::vector<bool> beside_result(const Graph& graph, const Node& node) {
  if (node.op->name == "Concat") return std::vector<bool>(node.inputs.size(), true);
  std::vector<bool> beside(node.inputs.size(), false);
  const Result<RegionParts> parts = region_parts(problem_of(graph, node));
  if (!parts.ok() || parts->after.is_empty()) return beside;
  const size_t rank = parts->output.shape.size();
  for (size_t i = parts->after_first; i < beside.size(); ++i) {
    beside[i] = node.inputs[i].valid() && parts->views[i].is_identity() &&
                graph.value(node.inputs[i]).info.shape.size() == rank;
  }
  return beside;
}

}  // namespace

std::vector<NodeLayouts> layout_candidates(const Graph& graph, const Node& node,
                                           std::span<const Layout> given) {
  const std::vector<bool> beside = beside_result(graph, node);
  NodeLayouts plain;
  NodeLayouts mixed;
  NodeLayouts from_plain;
  NodeLayouts channels_last;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId id = node.inputs[i];
    const bool is_fixed = !id.valid() || in_mask(node.op->host_inputs, i);
    const Layout wanted =
        is_fixed ? Layout::kPlain : channels_last_if_possible(graph.value(id).info);
    const bool is_constant = id.valid() && graph.value(id).constant.has_value();
    const Layout of_constant = beside[i] ? wanted : Layout::kPlain;
    plain.inputs.push_back(Layout::kPlain);
    mixed.inputs.push_back(is_constant ? of_constant : given[i]);
    from_plain.inputs.push_back(is_constant ? of_constant : Layout::kPlain);
    channels_last.inputs.push_back(is_constant ? of_constant : wanted);
  }
  for (const ValueId id : node.outputs) {
    plain.outputs.push_back(Layout::kPlain);
    channels_last.outputs.push_back(channels_last_if_possible(graph.value(id).info));
  }
  mixed.outputs = channels_last.outputs;
  from_plain.outputs = channels_last.outputs;
  const bool all_plain =
      std::ranges::count(given, Layout::kPlain) == static_cast<std::ptrdiff_t>(given.size());
  if (all_plain) return {std::move(plain), std::move(from_plain), std::move(channels_last)};
  return {std::move(mixed), std::move(channels_last), std::move(plain), std::move(from_plain)};
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
