#include "passes/merge_views.h"

#include "base/check.h"
#include "base/try.h"
#include "graph/needed_values.h"
#include "ops/list.h"
#include "ops/reshape.h"
#include "passes/dims_value.h"

#include <array>
#include <span>

namespace tenon::internal {
namespace {

bool is_view(const Graph& graph, NodeId id) {
  return graph.node(id).op->view && !graph.node(id).inputs.empty();
}

// What a chain of views that ends in `value` is a view of.
ValueId viewed(const Graph& graph, ValueId value) {
  for (NodeId producer = graph.value(value).producer; producer.valid() && is_view(graph, producer);
       producer = graph.value(value).producer) {
    value = graph.node(producer).inputs.front();
  }
  return value;
}

}  // namespace

Result<Patch> merge_views(const Graph& graph) {
  const OpDef* reshape = find_op("Reshape");
  TENON_CHECK(reshape != nullptr);
  // All dims are given as they are: a 0 is an empty dim.
  const Attrs attrs = Attrs::of(ReshapeAttrs{.allowzero = true});
  Patch patch(graph);
  NeededValues needed(graph);
  const std::span<const NodeId> order = graph.order();
  for (auto at = order.rbegin(); at != order.rend(); ++at) {
    const NodeId id = *at;
    if (!needed.by_any_output(id)) continue;
    const Node& node = graph.node(id);
    const ValueId root = is_view(graph, id) ? viewed(graph, node.inputs.front()) : ValueId{};
    if (!root.valid() || root == node.inputs.front()) {
      needed.add_operands(id);
      continue;
    }
    const ValueInfo& result = graph.value(node.outputs.front()).info;
    const ValueInfo target{.type = DataType::kInt64,
                           .shape = {Dim(static_cast<int64_t>(result.shape.size()))},
                           .elements = result.shape};
    const std::array operands = {graph.value(root).info, target};
    const auto inferred = infer_outputs(*reshape, attrs, operands);
    // Shapes may be equal for a reason that the expressions do not show.
    if (!inferred.ok() || inferred->front().shape != result.shape) {
      needed.add_operands(id);
      continue;
    }
    const ValueId shape = TRY(add_dims(patch, id, target, node.name));
    const std::vector<ValueId> outputs =
        TRY(patch.add_node(id, *reshape, attrs, {root, shape}, node.name));
    patch.replace(node.outputs.front(), outputs.front());
    patch.remove(id);
    needed.add(root);
  }
  return patch;
}

}  // namespace tenon::internal
