// Which values a graph still needs, found by walking its nodes backwards. A pass that removes a
// node does not add its operands, and so leaves what only that node used to remove-dead.
#pragma once

#include "graph/bodies.h"
#include "graph/graph.h"
#include "ops/extents.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace tenon::internal {

class NeededValues {
 public:
  // The graph must outlive it. At first only its outputs are needed.
  explicit NeededValues(const Graph& graph) : graph_(graph), needed_(graph.value_capacity()) {
    has_stems_ =
        std::ranges::any_of(graph.order(), [&](NodeId id) { return has_stem(*graph.node(id).op); });
    for (const GraphOutput& output : graph.outputs()) add(output.value);
  }

  void add(ValueId id) {
    needed_[id.index] = true;
    if (has_stems_) add_stems(graph_.value(id).info);
  }
  void add_operands(NodeId id) {
    for (const ValueId operand : graph_.node(id).inputs) {
      if (operand.valid()) add(operand);
    }
    if (!has_stems_) return;
    std::set<std::string> symbols;
    for (const auto& body : graph_.node(id).bodies) collect_symbols(*body, symbols);
    add_symbols(symbols);
  }
  // Open extents that shapes or elements stand on.
  void add_stems(const ValueInfo& info) {
    std::set<std::string> symbols;
    for (const Dim& dim : info.shape) dim.collect_symbols(symbols);
    if (info.elements) {
      for (const Dim& element : *info.elements) element.collect_symbols(symbols);
    }
    add_symbols(symbols);
  }

  // Whether an output is needed, or an open extent that only the node tells.
  bool by_any_output(NodeId id) const {
    const Node& node = graph_.node(id);
    return std::ranges::any_of(node.outputs,
                               [this](ValueId output) { return needed_[output.index]; }) ||
           tells_extent(node);
  }
  bool tells_extent(const Node& node) const {
    return has_stems_ && has_stem(*node.op) && stems_.contains(stem_of(node.attrs));
  }

 private:
  void add_symbols(const std::set<std::string>& symbols) {
    for (const std::string& symbol : symbols) stems_.emplace(stem_of_symbol(symbol));
  }

  const Graph& graph_;
  std::vector<bool> needed_;
  bool has_stems_ = false;
  std::set<std::string, std::less<>> stems_;
};

}  // namespace tenon::internal
