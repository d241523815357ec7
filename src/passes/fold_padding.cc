#include "passes/fold_padding.h"

#include "base/try.h"
#include "ops/operands.h"
#include "ops/window.h"
#include "passes/node_windows.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

std::optional<Shape> positions(const Graph& graph, ValueId id) {
  const SymbolicShape& shape = graph.value(id).info.shape;
  return constant_shape({shape.begin() + 2, shape.end()});
}

// Beginnings, then ends; nullopt where extents are open.
std::optional<std::vector<int64_t>> same_pads(const Graph& graph, const Node& node,
                                              const WindowAttrs& window) {
  const std::optional<Shape> input = positions(graph, node.inputs[0]);
  const std::optional<Shape> output = positions(graph, node.outputs[0]);
  const std::optional<Shape> kernel =
      node.op->name == "Conv" ? positions(graph, node.inputs[1]) : window.kernel_shape;
  if (!input || !output || !kernel) return std::nullopt;
  const std::array<WindowAxis, kMaxSpatialRank> axes =
      window_axes(window, *input, *kernel, *output);
  const auto used = std::span(axes).last(input->size());
  std::vector<int64_t> pads;
  for (const WindowAxis& axis : used) pads.push_back(axis.pad_begin);
  for (const WindowAxis& axis : used) pads.push_back(axis.pad_end);
  return pads;
}

}  // namespace

Result<Patch> fold_padding(const Graph& graph) {
  Patch patch(graph);
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    std::optional<WindowAttrs> window = window_of(node);
    if (!window || window->auto_pad == AutoPad::kNotSet) continue;
    if (is_same(window->auto_pad)) {
      auto pads = same_pads(graph, node, *window);
      if (!pads) continue;
      window->pads = *std::move(pads);
    }
    window->auto_pad = AutoPad::kNotSet;
    Attrs attrs = with_window(node, *window);
    // Over an empty image SAME gives no windows, and pads may give others.
    std::vector<ValueInfo> operands;
    for (const ValueId operand : node.inputs) {
      operands.push_back(operand.valid() ? graph.value(operand).info : ValueInfo());
    }
    const auto inferred = infer_outputs(*node.op, attrs, operands);
    if (!inferred.ok() || inferred->front() != graph.value(node.outputs.front()).info) continue;
    const std::vector<ValueId> outputs =
        TRY(patch.add_node(id, *node.op, std::move(attrs), node.inputs, node.name));
    patch.replace(node.outputs.front(), outputs.front());
    patch.remove(id);
  }
  return patch;
}

}  // namespace tenon::internal
