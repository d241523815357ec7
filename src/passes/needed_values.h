// Which values a graph still needs, found by walking its nodes backwards. A pass that removes a
// node does not add its operands, and so leaves what only that node used to remove-dead.
#pragma once

#include "graph/graph.h"

#include <algorithm>
#include <vector>

namespace tenon::internal {

class NeededValues {
 public:
  // The graph must outlive it. At first only its outputs are needed.
  explicit NeededValues(const Graph& graph) : graph_(graph), needed_(graph.value_capacity()) {
    for (const GraphOutput& output : graph.outputs()) add(output.value);
  }

  void add(ValueId id) { needed_[id.index] = true; }
  void add_operands(NodeId id) {
    for (const ValueId operand : graph_.node(id).inputs) {
      if (operand.valid()) add(operand);
    }
  }

  bool by_any_output(NodeId id) const {
    return std::ranges::any_of(graph_.node(id).outputs,
                               [this](ValueId output) { return needed_[output.index]; });
  }

 private:
  const Graph& graph_;
  std::vector<bool> needed_;
};

}  // namespace tenon::internal
