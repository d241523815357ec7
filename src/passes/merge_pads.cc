#include "passes/merge_pads.h"

#include "base/data_types.h"
#include "base/try.h"
#include "ops/conv.h"
#include "ops/element_types.h"
#include "ops/pad.h"
#include "ops/pool.h"
#include "ops/window.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

std::vector<ValueInfo> infos_of(const Graph& graph, std::span<const ValueId> values) {
  std::vector<ValueInfo> infos;
  for (const ValueId id : values) {
    infos.push_back(id.valid() ? graph.value(id).info : ValueInfo());
  }
  return infos;
}

bool pads_with_zero(const Graph& graph, const Node& pad) {
  if (pad.attrs.as<PadAttrs>().mode != PadMode::kConstant) return false;
  if (pad.inputs.size() < 3 || !pad.inputs[2].valid()) return true;
  const auto& value = graph.value(pad.inputs[2]).constant;
  return value && value->elements() == 1 && is_floating(value->type()) &&
         element_as_double(value->view(), 0) == 0;
}

// The zeros that a Pad adds around the positions of an image, the beginnings of all axes and then
// the ends; nullopt where it does anything else.
std::optional<std::vector<int64_t>> zeros_around(const Graph& graph, const Node& pad) {
  if (pad.op->name != "Pad" || !pads_with_zero(graph, pad)) return std::nullopt;
  const Result<std::vector<AxisPads>> axes = axis_pads(infos_of(graph, pad.inputs));
  if (!axes.ok() || axes->size() < 3) return std::nullopt;
  std::vector<int64_t> begins;
  std::vector<int64_t> ends;
  for (size_t axis = 0; axis < axes->size(); ++axis) {
    const std::optional<int64_t> begin = (*axes)[axis].begin.as_constant();
    const std::optional<int64_t> end = (*axes)[axis].end.as_constant();
    if (!begin || !end || *begin < 0 || *end < 0) return std::nullopt;
    if (axis >= 2) {
      begins.push_back(*begin);
      ends.push_back(*end);
    } else if (*begin != 0 || *end != 0) {
      return std::nullopt;
    }
  }
  begins.insert(begins.end(), ends.begin(), ends.end());
  return begins;
}

bool is_padded(const WindowAttrs& window) {
  return std::ranges::any_of(window.pads, [](int64_t pad) { return pad != 0; });
}

bool add_pads(const std::vector<int64_t>& pads, WindowAttrs& window) {
  if (window.auto_pad != AutoPad::kNotSet) return false;
  if (window.pads.empty()) window.pads.assign(pads.size(), 0);
  for (size_t i = 0; i < pads.size(); ++i) window.pads[i] += pads[i];
  return true;
}

// The attributes of a node that reads an image without those zeros; nullopt where it would compute
// something else.
std::optional<Attrs> attrs_with(const Node& node, const std::vector<int64_t>& pads) {
  if (node.op->name == "Conv") {
    auto attrs = node.attrs.as<ConvAttrs>();
    if (add_pads(pads, attrs.window)) return Attrs::of(std::move(attrs));
  } else if (node.op->name == "AveragePool") {
    auto attrs = node.attrs.as<AveragePoolAttrs>();
    // A Pad counts, and a window may not reach beyond its end.
    const bool all_count = attrs.count_include_pad || !is_padded(attrs.window);
    if (attrs.ceil_mode || !all_count) return std::nullopt;
    attrs.count_include_pad = true;
    if (add_pads(pads, attrs.window)) return Attrs::of(std::move(attrs));
  }
  return std::nullopt;
}

}  // namespace

Result<Patch> merge_pads(const Graph& graph) {
  Patch patch(graph);
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    if (node.inputs.empty() || !node.inputs[0].valid()) continue;
    const NodeId producer = graph.value(node.inputs[0]).producer;
    if (!producer.valid()) continue;
    const auto pads = zeros_around(graph, graph.node(producer));
    if (!pads) continue;
    std::optional<Attrs> attrs = attrs_with(node, *pads);
    if (!attrs) continue;
    std::vector<ValueId> operands = node.inputs;
    operands[0] = graph.node(producer).inputs[0];
    const auto inferred = infer_outputs(*node.op, *attrs, infos_of(graph, operands));
    if (!inferred.ok() || inferred->front() != graph.value(node.outputs[0]).info) continue;
    const std::vector<ValueId> outputs =
        TRY(patch.add_node(id, *node.op, *std::move(attrs), std::move(operands), node.name));
    patch.replace(node.outputs[0], outputs.front());
    patch.remove(id);
  }
  return patch;
}

}  // namespace tenon::internal
