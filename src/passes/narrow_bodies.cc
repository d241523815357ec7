#include "passes/narrow_bodies.h"

#include "base/try.h"
#include "graph/bodies.h"
#include "ops/control_flow.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace tenon::internal {
namespace {

bool is_used(const Graph& body, ValueId input) {
  const bool is_output = std::ranges::any_of(
      body.outputs(), [&](const GraphOutput& output) { return output.value == input; });
  return is_output || !body.uses()[input.index].empty();
}

// What becomes of each operand of a node.
std::vector<CaptureChange> find_changes(const Graph& graph, const Node& node) {
  std::vector<CaptureChange> changes(node.inputs.size());
  const size_t first = first_capture(*node.op, node.attrs);
  const size_t own = own_body_inputs(*node.op, node.attrs);
  for (size_t i = first; i < node.inputs.size(); ++i) {
    const Value& captured = graph.value(node.inputs[i]);
    const auto used = [&](const auto& body) {
      return is_used(*body, body->inputs()[i - first + own]);
    };
    for (size_t before = first; before < i; ++before) {
      if (node.inputs[before] == node.inputs[i]) changes[i].same_as = before - first + own;
    }
    if (changes[i].same_as) {
      changes[*changes[i].same_as - own + first].drop = false;
      continue;
    }
    if (captured.constant) {
      changes[i].constant = captured.constant;
    } else {
      changes[i].drop = std::ranges::none_of(node.bodies, used);
    }
  }
  return changes;
}

bool is_change(const CaptureChange& change) {
  return change.drop || change.constant || change.same_as;
}

}  // namespace

Result<Patch> narrow_bodies(const Graph& graph) {
  Patch patch(graph);
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    if (node.bodies.empty()) continue;
    const std::vector<CaptureChange> changes = find_changes(graph, node);
    if (std::ranges::none_of(changes, is_change)) continue;
    const size_t first = first_capture(*node.op, node.attrs);
    const size_t own = own_body_inputs(*node.op, node.attrs);
    std::vector<CaptureChange> in_bodies(own);
    in_bodies.insert(in_bodies.end(), changes.begin() + static_cast<std::ptrdiff_t>(first),
                     changes.end());
    Bodies bodies;
    for (const auto& body : node.bodies) {
      bodies.push_back(std::make_shared<const Graph>(TRY(change_captures(*body, in_bodies))));
    }
    std::vector<ValueId> operands;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (!is_change(changes[i])) operands.push_back(node.inputs[i]);
    }
    const std::vector<ValueId> outputs =
        TRY(patch.add_node(id, *node.op, node.attrs, std::move(operands), node.name, bodies));
    for (size_t i = 0; i < outputs.size(); ++i) patch.replace(node.outputs[i], outputs[i]);
    patch.remove(id);
  }
  return patch;
}

}  // namespace tenon::internal
