#include "passes/gather_to_slice.h"

#include "base/data_types.h"
#include "base/try.h"
#include "ops/gather.h"
#include "ops/operands.h"
#include "passes/dims_value.h"
#include "passes/slices.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tenon::internal {
namespace {

// Of constant indices within an extent that is a number.
std::optional<AxisRange> picked_range(const Graph& graph, const Node& node) {
  const ValueInfo& data = graph.value(node.inputs[0]).info;
  const auto& indices = graph.value(node.inputs[1]).constant;
  if (graph.value(node.inputs[0]).constant || bits_of(data.type) < 8) return std::nullopt;
  if (!indices || indices->elements() == 0 || indices->shape().size() > 1) return std::nullopt;
  const auto axis = normalize_axis(node.attrs.as<GatherAttrs>().axis, data.shape.size());
  if (!axis.ok() || !data.shape[*axis].is_constant()) return std::nullopt;
  const int64_t extent = data.shape[*axis].constant();
  const auto index = [&](int64_t i) {
    const auto given = static_cast<int64_t>(element_as_double(indices->view(), i));
    return given < 0 ? given + extent : given;
  };
  const AxisRange range{*axis, index(0), indices->elements()};
  for (int64_t i = 1; i < range.count; ++i) {
    if (index(i) != range.begin + i) return std::nullopt;
  }
  if (range.begin < 0 || range.begin + range.count > extent) return std::nullopt;
  return range;
}

}  // namespace

Result<Patch> gather_to_slice(const Graph& graph) {
  Patch patch(graph);
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    if (node.op->name != "Gather") continue;
    const ValueId result = node.outputs[0];
    const std::optional<AxisRange> range = picked_range(graph, node);
    // Known elements are arithmetic on shapes, which other passes see to.
    if (!range || graph.value(result).info.elements) continue;
    ValueId slice = TRY(add_slice(patch, id, node.inputs[0], *range, node.name));
    const SymbolicShape& shape = graph.value(result).info.shape;
    if (patch.info(slice).shape != shape) {
      slice = TRY(add_reshape(patch, id, slice, shape, node.name));
    }
    patch.replace(result, slice);
    patch.remove(id);
  }
  return patch;
}

}  // namespace tenon::internal
