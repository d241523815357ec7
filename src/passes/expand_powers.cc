#include "passes/expand_powers.h"

#include "base/data_types.h"
#include "base/try.h"
#include "ops/list.h"

namespace tenon::internal {
namespace {

// The exponent if it is one number for all elements, or 0.
double exponent_of(const Graph& graph, const Node& node) {
  const auto& constant = graph.value(node.inputs[1]).constant;
  if (!constant || constant->elements() != 1) return 0;
  // One of more dims than the base would change the shape.
  const size_t rank = graph.value(node.inputs[0]).info.shape.size();
  return constant->shape().size() > rank ? 0 : element_as_double(constant->view(), 0);
}

}  // namespace

Result<Patch> expand_powers(const Graph& graph) {
  const OpDef& mul = *find_op("Mul");
  Patch patch(graph);
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    if (node.op->name != "Pow") continue;
    const ValueId base = node.inputs[0];
    const double exponent = exponent_of(graph, node);
    if (!is_floating(graph.value(base).info.type) || (exponent != 2 && exponent != 3)) continue;
    ValueId power = TRY(patch.add_node(id, mul, Attrs(), {base, base}, node.name))[0];
    if (exponent == 3) power = TRY(patch.add_node(id, mul, Attrs(), {power, base}, node.name))[0];
    patch.replace(node.outputs[0], power);
    patch.remove(id);
  }
  return patch;
}

}  // namespace tenon::internal
