// One node of a model while it is imported: what importers read and write.
#pragma once

#include "base/thread_pool.h"
#include "graph/graph.h"
#include "onnx/import_bodies.h"
#include "onnx/model_reader.h"
#include "onnx/tensor_reader.h"
#include "tensor/attributes.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tenon::internal {

// What one import works on.
struct ImportState {
  Graph graph;
  // Keeps the bytes of the model alive.
  std::shared_ptr<const void> owner;
  ExternalFiles files;
  // Names of the main graph's own values: those that importers and functions add stay clear of
  // them.
  std::unordered_set<std::string_view> reserved_names = {};
  // Nodes that came out of functions so far; those with long names count for more.
  int64_t function_nodes = 0;
  // Small values that follow from constants alone.
  std::map<ValueId, HostTensor> folded = {};
  // The forms of values whose elements are open extents.
  std::map<ValueId, ValueId> extents = {};
  // Stems of open extents (ops/extents.h) that are taken.
  std::set<std::string, std::less<>> stems = {};
  // Evaluates such nodes.
  std::shared_ptr<ThreadPool> pool = nullptr;

  // A name for an added value.
  std::string unused_name(std::string_view stem) const;
  // A stem that no node of any graph or body has, or will have.
  std::string take_stem(std::string_view text);

  // The tensor of a value that the model states: a constant, or what follows from constants and is
  // small.
  std::optional<HostTensor> constant(ValueId id) const;
};

// An attribute of a node; in a function's body `value` may be an attribute of the calling node.
struct NodeAttribute {
  std::string_view name;
  const AttributeProto* value;
};

struct NodeOutput {
  // The value's name in the graph; empty where the node leaves the output out.
  std::string name;
  // Whether anything reads it.
  bool used = false;
};

class ImportNode {
 public:
  struct Parts {
    // The op that the table names.
    std::string_view op;
    // Name of the nodes that the import adds.
    std::string name;
    // Of the opset of the node's domain.
    int64_t version = 0;
    std::vector<ValueId> inputs;
    std::vector<NodeOutput> outputs;
    std::vector<NodeAttribute> attributes;
    // nullptr where the importer has no use for one.
    BodyImporter* bodies = nullptr;
  };
  // `state` and what the parts view must outlive this.
  ImportNode(ImportState& state, Parts parts);

  std::string_view op() const { return parts_.op; }
  int64_t version() const { return parts_.version; }

  // Operands; trailing ones that are left out are not counted.
  std::span<const ValueId> inputs() const { return parts_.inputs; }
  bool has_input(size_t index) const;
  // Invalid where it is left out.
  ValueId input(size_t index) const;
  // What is known of an operand. Errors: CorruptData if it is left out.
  Result<ValueInfo> input_info(size_t index) const;
  // The same with its elements as extents of the run, if they follow from data alone: from here on
  // that is the operand.
  Result<ValueInfo> known_info(size_t index);
  // The operand if the model states it: a constant, or what follows from constants and is small.
  std::optional<HostTensor> constant(size_t index) const;
  // Its elements as numbers. Errors: Unsupported, with `what`, where there is no such constant.
  Result<std::vector<double>> constant_numbers(size_t index, std::string_view what) const;
  // As the node lists them.
  std::span<const NodeOutput> outputs() const { return parts_.outputs; }

  std::span<const NodeAttribute> node_attributes() const { return parts_.attributes; }
  // All attributes by name, without `consumed_inputs`, a hint of opsets 1 to 5 that means nothing.
  // Errors: CorruptData for one that is given twice, Unsupported for a tensor, graph or type.
  Result<AttributeMap> attributes() const { return attributes_but({}); }
  // The same without one that is read otherwise.
  Result<AttributeMap> attributes_but(std::string_view name) const;
  // The value of a tensor attribute.
  Result<HostTensor> tensor(const AttributeProto& attribute);

  // Adds an inner node, whose first output it returns, or a constant. `role` tells its name apart.
  Result<ValueId> add(std::string_view op, const AttributeMap& attributes,
                      std::vector<ValueId> inputs, std::string_view role);
  Result<ValueId> add_constant(HostTensor tensor, std::string_view role);
  Result<ValueId> add_int64s(std::span<const int64_t> values, std::string_view role);
  // A list of i64: a constant, or a node where a dim is symbolic.
  Result<ValueId> add_dims(std::span<const Dim> values, std::string_view role);

  // Adds the node that computes the outputs; the last thing that an importer does. Errors:
  // Unsupported for a used output that the op does not compute.
  Status finish(std::string_view op, const AttributeMap& attributes, std::vector<ValueId> inputs);
  // Adds a node that computes one output, instead: for importers that make a node for each. The
  // node need not list that output.
  Status finish_output(size_t index, std::string_view op, const AttributeMap& attributes,
                       std::vector<ValueId> inputs);
  // What the node's bodies are imported with.
  BodyImporter& bodies() const { return *parts_.bodies; }
  const ValueInfo& info(ValueId id) const { return state_.graph.value(id).info; }
  const std::string& value_name(ValueId id) const { return state_.graph.value(id).name; }
  std::optional<HostTensor> constant_of(ValueId id) const { return state_.constant(id); }
  // A stem for the open extents of the node.
  std::string take_stem();
  // Adds a node with bodies. Results with empty names get some. Its values.
  Result<std::vector<ValueId>> add_with_bodies(std::string_view op, const AttributeMap& attributes,
                                               std::vector<ValueId> inputs,
                                               std::vector<std::string> names,
                                               const Bodies& bodies);
  // Makes values that are there the outputs, in order.
  Status finish_values(std::vector<ValueId> values);
  // Makes the first output a constant.
  Status finish_constant(HostTensor tensor);

  // The outputs in order, after finish(); an invalid id for one that is left out.
  std::span<const ValueId> results() const { return results_; }

 private:
  Status refuse_outputs_from(size_t first) const;
  // Name of an output, made up where it is left out.
  std::string output_name(size_t index) const;
  // All nodes are added here. What an op reads on the host and nobody knows is read in the run. The
  // results; constants where they follow from constants and have open extents otherwise.
  Result<std::vector<ValueId>> add_node(std::string_view op, const AttributeMap& attributes,
                                        std::vector<ValueId> inputs,
                                        std::vector<std::string> names);
  Result<ValueId> known_on_host(ValueId id);
  Status fold(NodeId id);
  Result<std::optional<std::vector<HostTensor>>> evaluate_constant(
      const OpDef& def, const Attrs& attrs, std::span<const ValueId> inputs) const;

  ImportState& state_;
  Parts parts_;
  std::vector<ValueId> results_;
};

// Removes an attribute from the map and returns it; nothing or the default if it is not there.
// Errors: CorruptData if it is of another kind.
Result<int64_t> take_int(AttributeMap& attributes, std::string_view name, int64_t default_value);
Result<std::optional<std::vector<int64_t>>> take_ints(AttributeMap& attributes,
                                                      std::string_view name);
Result<std::optional<double>> take_float(AttributeMap& attributes, std::string_view name);
Result<std::optional<std::vector<double>>> take_floats(AttributeMap& attributes,
                                                       std::string_view name);
Result<std::string> take_string(AttributeMap& attributes, std::string_view name,
                                std::string_view default_value);
// Errors: CorruptData if an attribute is left that nothing has taken.
Status check_all_taken(const AttributeMap& attributes);

}  // namespace tenon::internal
