#include "passes/merge_duplicates.h"

#include "base/bytes.h"
#include "base/text.h"
#include "ops/extents.h"

#include <string>
#include <unordered_map>

namespace tenon::internal {
namespace {

// Larger constants are weights: the plan stores equal ones once, and reading all of them here would
// page in the whole model.
constexpr size_t kMaxComparedBytes = 8192;

std::string constant_key(const HostTensor& tensor) {
  return fmt::format("{}{}:{}", to_string(tensor.type()), tenon::to_string(tensor.shape()),
                     text_of(tensor.bytes()));
}

}  // namespace

Result<Patch> merge_duplicates(const Graph& graph) {
  Patch patch(graph);
  std::vector<ValueId> same_as(graph.value_capacity());
  for (uint32_t i = 0; i < same_as.size(); ++i) same_as[i] = {i};
  const auto merge = [&](ValueId duplicate, ValueId first) {
    same_as[duplicate.index] = first;
    patch.replace(duplicate, first);
  };

  std::unordered_map<std::string, ValueId> constants;
  for (const ValueId id : graph.used_constants()) {
    const HostTensor& tensor = *graph.value(id).constant;
    if (tensor.bytes().size() > kMaxComparedBytes) continue;
    const auto [first, is_new] = constants.try_emplace(constant_key(tensor), id);
    if (!is_new) merge(id, first->second);
  }

  const auto operand_key = [&](ValueId id) {
    return id.valid() ? fmt::format("{}", same_as[id.index].index) : std::string("_");
  };
  const auto attribute_key = [](const auto& attribute) {
    return attribute.first + "=" + to_string(attribute.second);
  };
  std::unordered_map<std::string, NodeId> nodes;
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    // Their extents have names of their own.
    if (has_stem(*node.op)) continue;
    std::string key = fmt::format("{}({}){}", node.op->name, join(node.inputs, ",", operand_key),
                                  join(node.attrs.to_map(), ",", attribute_key));
    const auto [first, is_new] = nodes.try_emplace(std::move(key), id);
    if (is_new) continue;
    const std::vector<ValueId>& kept = graph.node(first->second).outputs;
    for (size_t i = 0; i < node.outputs.size(); ++i) merge(node.outputs[i], kept[i]);
    patch.remove(id);
  }
  return patch;
}

}  // namespace tenon::internal
