#include "passes/inline_if.h"

#include "base/try.h"
#include "graph/bodies.h"
#include "ops/control_flow.h"
#include "ops/dims.h"
#include "ops/extents.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

std::optional<bool> known_condition(const Graph& graph, ValueId id) {
  const Value& value = graph.value(id);
  if (value.constant && value.constant->elements() == 1) {
    return element_as_double(value.constant->view(), 0) != 0;
  }
  const auto& elements = value.info.elements;
  if (!elements || elements->size() != 1 || !elements->front().is_constant()) return std::nullopt;
  return elements->front().constant() != 0;
}

// The body's nodes before `node`; what takes the place of the node's outputs.
Result<std::vector<ValueId>> add_body(const Graph& graph, NodeId node, const Graph& body,
                                      Patch& patch) {
  std::map<ValueId, ValueId> moved;
  const std::vector<ValueId>& operands = graph.node(node).inputs;
  for (size_t i = 0; i < body.inputs().size(); ++i) moved[body.inputs()[i]] = operands[1 + i];
  for (const ValueId id : body.used_constants()) {
    moved[id] = patch.add_constant(*body.value(id).constant, body.value(id).name);
  }
  for (const NodeId id : body.order()) {
    const Node& inner = body.node(id);
    std::vector<ValueId> inputs;
    for (const ValueId operand : inner.inputs) {
      inputs.push_back(operand.valid() ? moved.at(operand) : ValueId{});
    }
    const std::vector<ValueId> outputs = TRY(
        patch.add_node(node, *inner.op, inner.attrs, std::move(inputs), inner.name, inner.bodies));
    for (size_t i = 0; i < outputs.size(); ++i) moved[inner.outputs[i]] = outputs[i];
  }
  std::vector<ValueId> results;
  for (const GraphOutput& output : body.outputs()) results.push_back(moved.at(output.value));
  return results;
}

using Dims = std::map<std::string, Dim, std::less<>>;

// What others know as extents of the If's results are dims of the body's.
Dims told_dims(const Node& node, std::span<const ValueId> results, const Patch& patch) {
  Dims dims;
  size_t index = 0;
  const std::string stem = stem_of(node.attrs);
  for (const ValueId result : results) {
    for (const Dim& dim : patch.info(result).shape) dims.emplace(extent_name(stem, index++), dim);
  }
  return dims;
}

bool stands_on(std::span<const std::string> symbols, const Dims& dims) {
  return std::ranges::any_of(symbols,
                             [&](const std::string& symbol) { return dims.contains(symbol); });
}

// Nodes that state such an extent in an attribute, or whose bodies do.
Status restate(const Graph& graph, NodeId inlined, const Dims& dims, Patch& patch) {
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    std::set<std::string> found;
    if (node.op->name == kDimsName) {
      for (const Dim& element : *graph.value(node.outputs[0]).info.elements) {
        element.collect_symbols(found);
      }
    }
    for (const auto& body : node.bodies) collect_symbols(*body, found);
    const std::vector<std::string> symbols(found.begin(), found.end());
    if (id == inlined || !stands_on(symbols, dims)) continue;
    Attrs attrs = node.attrs;
    if (node.bodies.empty()) attrs = substitute(node.attrs.as<DimsAttrs>(), dims);
    Bodies bodies;
    for (const auto& body : node.bodies) {
      bodies.push_back(std::make_shared<const Graph>(TRY(substitute(*body, dims))));
    }
    const std::vector<ValueId> outputs =
        TRY(patch.add_node(id, *node.op, std::move(attrs), node.inputs, node.name, bodies));
    for (size_t i = 0; i < outputs.size(); ++i) patch.replace(node.outputs[i], outputs[i]);
    patch.remove(id);
  }
  return {};
}

}  // namespace

// One at a time, as others may stand on its extents.
Result<Patch> inline_if(const Graph& graph) {
  Patch patch(graph);
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    if (node.op->name != kIfName) continue;
    const std::optional<bool> holds = known_condition(graph, node.inputs[0]);
    if (!holds) continue;
    const std::vector<ValueId> results =
        TRY(add_body(graph, id, *node.bodies[*holds ? 0 : 1], patch));
    for (size_t i = 0; i < results.size(); ++i) patch.replace(node.outputs[i], results[i]);
    patch.remove(id);
    TRY_STATUS(restate(graph, id, told_dims(node, results, patch), patch));
    break;
  }
  return patch;
}

}  // namespace tenon::internal
