// A change to a graph, recorded first and applied as a whole: what passes return. Recording never
// touches the graph, so a pass reads one consistent state from start to end.
#pragma once

#include "graph/graph.h"

#include <tenon/error.h>

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {

class Patch {
 public:
  // `graph` must outlive the recording and be unchanged until apply().
  explicit Patch(const Graph& graph) : graph_(&graph) {}

  // New nodes and constants; the ids may be operands of later ones and targets of replace(), and
  // are valid in the graph after apply(). A node is placed right before `before`. Errors: as
  // Graph::add_node.
  Result<std::vector<ValueId>> add_node(NodeId before, const OpDef& op, Attrs attrs,
                                        std::vector<ValueId> inputs, std::string node_name,
                                        const Bodies& bodies = {});
  ValueId add_constant(HostTensor tensor, std::string_view name_stem);

  // Every use of `old_value`, by new nodes and as an output of the graph too, becomes one of
  // `replacement`. Chains of replacements are followed. The new value must have the same type; its
  // dims may be better known. A new value that replaces one whose node goes away takes its name.
  void replace(ValueId old_value, ValueId replacement);

  // Removes a node whose outputs have no use once the patch is applied.
  void remove(NodeId node);

  // What is known of a value of the graph or of the patch.
  const ValueInfo& info(ValueId id) const;

  // Replacements and removals so far; 0 means that applying it changes nothing.
  int rewrites() const { return static_cast<int>(replacements_.size() + removals_.size()); }

  // Applies everything to `graph`, the one it was recorded on. Values downstream keep their info;
  // Graph users re-infer through refresh_types(). Constants that are left without a use are
  // removed. Errors: InvalidArgument where a removed node is still used, replacements form a cycle,
  // or a use would come before its value is computed: the graph is unchanged then.
  Status apply(Graph& graph) &&;

 private:
  struct NewNode {
    Node node;
    NodeId before;
  };

  size_t value_count() const { return graph_->value_capacity() + new_values_.size(); }
  const Value& value(ValueId id) const;
  const Node& node(NodeId id) const;
  std::string fresh_name(std::string_view stem) const;
  ValueId insert(Value value);
  // What each value becomes, by id. Errors as apply().
  Result<std::vector<ValueId>> resolve() const;
  // By id, which nodes of the graph go away.
  std::vector<bool> removed_nodes() const;
  std::vector<NodeId> new_order() const;
  Status check(std::span<const NodeId> order, std::span<const ValueId> resolved) const;
  void inherit_names(std::span<const ValueId> resolved);

  const Graph* graph_;
  std::vector<Value> new_values_;
  std::set<std::string, std::less<>> new_names_;
  std::vector<NewNode> new_nodes_;
  std::vector<std::pair<ValueId, ValueId>> replacements_;
  std::vector<NodeId> removals_;
};

// Infers every node again in order and stores the result, so that what became better known flows
// on. Errors: as infer_outputs; InvalidArgument if an element type or rank would change. The infos
// before the node of the error are updated then.
Status refresh_types(Graph& graph);

}  // namespace tenon::internal
