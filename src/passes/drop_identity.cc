#include "passes/drop_identity.h"

#include "ops/transpose.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace tenon::internal {
namespace {

// Whether a permutation leaves all dims but those of 1 in their order.
bool keeps_order(const Attrs& attrs, const SymbolicShape& shape) {
  const auto& perm = attrs.as<TransposeAttrs>().perm;
  int64_t last = -1;
  for (size_t i = 0; i < shape.size(); ++i) {
    const int64_t axis = perm ? (*perm)[i] : static_cast<int64_t>(shape.size() - 1 - i);
    const auto rank = static_cast<int64_t>(shape.size());
    const int64_t from = axis < 0 ? axis + rank : axis;
    if (shape[static_cast<size_t>(from)] == Dim(1)) continue;
    if (from < last) return false;
    last = from;
  }
  return true;
}

// Slice with all steps 1. Where it keeps the shape it keeps all elements.
bool steps_are_one(const Graph& graph, const Node& node) {
  constexpr size_t kSteps = 4;
  if (node.inputs.size() <= kSteps || !node.inputs[kSteps].valid()) return true;
  const auto& steps = graph.value(node.inputs[kSteps]).info.elements;
  return steps && std::ranges::all_of(*steps, [](const Dim& step) { return step == Dim(1); });
}

// Whether output 0 has the elements of operand 0, given that type and shape are equal.
bool keeps_elements(const Graph& graph, const Node& node) {
  constexpr std::array<std::string_view, 6> kUnaryIdentities = {"Cast",     "Concat", "Expand",
                                                                "Identity", "Max",    "Min"};
  const std::string_view op = node.op->name;
  if (node.op->view) return true;
  if (op == "Transpose") {
    return keeps_order(node.attrs, graph.value(node.inputs.front()).info.shape);
  }
  if (op == "Slice") return steps_are_one(graph, node);
  const bool single = node.inputs.size() == 1 || op == "Expand";
  return single && std::ranges::find(kUnaryIdentities, op) != kUnaryIdentities.end();
}

}  // namespace

Result<Patch> drop_identity(const Graph& graph) {
  Patch patch(graph);
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    if (node.inputs.empty() || !node.inputs.front().valid() || node.outputs.size() != 1) continue;
    const ValueInfo& operand = graph.value(node.inputs.front()).info;
    const ValueInfo& result = graph.value(node.outputs.front()).info;
    if (operand.type != result.type || operand.shape != result.shape) continue;
    if (operand.layout != result.layout) continue;
    if (!keeps_elements(graph, node)) continue;
    patch.replace(node.outputs.front(), node.inputs.front());
    patch.remove(id);
  }
  return patch;
}

}  // namespace tenon::internal
