// The one intermediate representation: a directed acyclic graph of nodes over values. Imported,
// canonical, fused and assigned graphs are all this type; verify.h says what holds at each stage.
//
// The graph owns nodes and values; everybody else holds ids. Ids stay valid while the graph lives;
// a reference to a node or value is valid until the next change. Removed nodes leave holes in the
// id space, which compacted() closes. Thread-safety: a const graph may be read from several
// threads.
#pragma once

#include "base/function_ref.h"
#include "ops/op_def.h"
#include "tensor/attributes.h"
#include "tensor/host_tensor.h"
#include "tensor/value_info.h"

#include <tenon/error.h>

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tenon::internal {

struct NodeId {
  uint32_t index = UINT32_MAX;
  bool valid() const { return index != UINT32_MAX; }
  auto operator<=>(const NodeId&) const = default;  // NOLINT(modernize-use-nullptr)
};

// An invalid id as an operand: an optional one that is left out.
struct ValueId {
  uint32_t index = UINT32_MAX;
  bool valid() const { return index != UINT32_MAX; }
  auto operator<=>(const ValueId&) const = default;  // NOLINT(modernize-use-nullptr)
};

struct Value {
  // Unique in the graph, never empty.
  std::string name = {};
  ValueInfo info = {};
  // The node that computes it; invalid for inputs and constants.
  NodeId producer = {};
  // Which of the producer's outputs it is.
  uint32_t producer_output = 0;
  // Set for constants only.
  std::optional<HostTensor> constant = std::nullopt;
};

class Graph;
// What bodies.h tells of.
using Bodies = std::vector<std::shared_ptr<const Graph>>;

struct Node {
  const OpDef* op = nullptr;
  Attrs attrs;
  // For messages and profiles; need not be unique, may be empty.
  std::string name;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  // As many as the op has; none for most ops.
  Bodies bodies = {};
};

struct CaptureChange;

struct GraphOutput {
  // The name that users see; stays when a pass replaces the value.
  std::string name;
  ValueId value;
};

// A use of a value as operand `operand` of `node`.
struct Use {
  NodeId node;
  uint32_t operand = 0;
};

class Graph {
 public:
  explicit Graph(std::string name = {}) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }

  // A value that the caller provides at each run. Known elements of `info` are dropped. Errors:
  // InvalidArgument for an empty name or one in use and for more than kMaxRank dims.
  Result<ValueId> add_input(std::string name, ValueInfo info);

  // The same with known elements: an input of a body.
  Result<ValueId> add_body_input(std::string name, ValueInfo info);

  // An empty name is replaced by a fresh one. Errors: InvalidArgument for a name in use and for
  // more than kMaxRank dims.
  Result<ValueId> add_constant(std::string name, HostTensor tensor);

  // Appends a node after all others: its operands must be there. Omitted operands at the end are
  // dropped. Infers the outputs. `output_names` may be shorter than the op's outputs; empty and
  // missing ones get fresh names, and so does the stem of open extents (ops/extents.h) that the
  // attributes leave empty. Errors: InvalidArgument for a name in use or too many names, and
  // what infer_node returns, with the node named; the graph is unchanged then.
  Result<NodeId> add_node(const OpDef& op, Attrs attrs, std::vector<ValueId> inputs,
                          std::string node_name = {}, std::vector<std::string> output_names = {},
                          const Bodies& bodies = {});

  // Errors: InvalidArgument for an output name in use.
  Status add_output(std::string name, ValueId value);

  // States how a value that is no input lies in memory: the elements of a constant stand in its
  // tensor so. Not kPacked.
  void set_layout(ValueId value, Layout layout);

  // Puts other graphs in the place of a node's bodies, that compute the same.
  void set_bodies(NodeId node, Bodies bodies);

  // States other attributes of a node. Its results are not inferred again.
  void set_attrs(NodeId node, Attrs attrs);

  // Of a body: types of the inputs, as many as there are. The nodes are not inferred again.
  Status retype_inputs(std::span<const ValueInfo> infos);
  // Of a body; as change_captures(). The nodes are not inferred again. Errors: InvalidArgument
  // where an input that goes away is used.
  Status change_inputs(std::span<const CaptureChange> changes);

  // Inputs in order.
  std::span<const ValueId> inputs() const { return inputs_; }
  std::span<const GraphOutput> outputs() const { return outputs_; }
  // Nodes in a topological order.
  std::span<const NodeId> order() const { return order_; }

  // The id must be valid.
  const Node& node(NodeId id) const { return nodes_[id.index]; }
  const Value& value(ValueId id) const { return values_[id.index]; }
  // One more than the largest id index; ids in between may be removed (node without op, value
  // without name).
  size_t value_capacity() const { return values_.size(); }
  size_t node_capacity() const { return nodes_.size(); }
  // Of the constants that add_constant() was given: what patches make of them does not count.
  int64_t given_constant_bytes() const { return given_constant_bytes_; }
  // Constants that some node or output uses, by id.
  std::vector<ValueId> used_constants() const;

  bool is_input(ValueId id) const;
  // Invalid if there is none.
  ValueId find_value(std::string_view name) const;

  // Uses of every value, indexed by id; recomputed at each call.
  std::vector<std::vector<Use>> uses() const;

  // Symbols that inputs' dims stand on.
  std::set<std::string> input_symbols() const;

  // Symbols of the inputs bound by concrete shapes, in the order of inputs(). Checks every dim.
  // Errors: InvalidArgument naming the input, its type and the axis.
  Result<SymbolBindings> bind(std::span<const Shape> input_shapes) const;

  // A name that no value has, derived from `stem`.
  std::string fresh_name(std::string_view stem) const;

  // A stem of open extents that no node has.
  std::string unused_stem(std::string_view text) const;

  // The same graph with dense ids in execution order, unused constants dropped.
  Graph compacted() const;

 private:
  friend class Patch;
  friend Status refresh_types(Graph& graph);
  // Tests of the verifier break graphs through it.
  friend struct GraphTestPeer;

  // So that a name can be looked up without a copy of it.
  struct NameHash {
    using is_transparent = void;
    size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
  };

  Status check_new_name(std::string_view name) const;
  ValueId insert(Value value);
  // Leaves a hole.
  void remove_value(ValueId id);

  std::string name_;
  int64_t given_constant_bytes_ = 0;
  std::vector<Value> values_;
  std::vector<Node> nodes_;
  std::vector<ValueId> inputs_;
  std::vector<GraphOutput> outputs_;
  std::vector<NodeId> order_;
  std::unordered_map<std::string, ValueId, NameHash, std::equal_to<>> names_;
};

// "Conv 'conv1'": how messages name a node; one without a name goes by its first output, "Conv of
// 'y'".
std::string describe(const Graph& graph, NodeId id);
std::string describe(std::string_view op, std::string_view node_name, std::string_view output_name);

// A name that is not `taken`: the stem itself, or the stem, '_' and a number.
std::string unused_name(std::string_view stem, FunctionRef<bool(std::string_view)> taken);

}  // namespace tenon::internal
