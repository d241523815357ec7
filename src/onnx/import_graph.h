// Decoded models to graphs.
#pragma once

#include "graph/graph.h"
#include "onnx/functions.h"
#include "onnx/import.h"
#include "onnx/import_node.h"
#include "onnx/model_reader.h"

#include <tenon/error.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tenon::internal {

// The names of one graph or function body, while its nodes are imported. Views the model.
struct ImportScope {
  std::span<const OperatorSetId> opsets;
  // What names stand for; an invalid id for a function's operand that the call leaves out.
  std::unordered_map<std::string_view, ValueId> values;
  // Names that somebody reads.
  std::unordered_set<std::string_view> used;
  // Of a function: what stands before the names of its values and nodes in the graph ("" in the
  // main graph, whose names stay), the names that the caller gives to its outputs, and the
  // attributes of the call. Where a function is called from a function, the outer one gives the
  // names.
  std::string prefix;
  std::unordered_map<std::string_view, std::string> output_names;
  std::map<std::string_view, const AttributeProto*> attributes;
  // Calls from the main graph down to here.
  int depth = 0;
  // Of a body (import_bodies.h): names of values are made unused. A body that is put in the place
  // of its node sees what is `inside`, in the same graph; another one captures what is `around`.
  bool is_nested = false;
  ImportScope* inside = nullptr;
  ImportScope* around = nullptr;
  Graph* graph_around = nullptr;
  // What is captured, as values around, and the inputs of the body that they are.
  std::vector<ValueId>* captures = nullptr;
  std::map<ValueId, ValueId> captured = {};
};

// The value that a name stands for in the graph of a scope, captured from around if need be;
// invalid if there is none, or for one that a call leaves out.
Result<ValueId> resolve(Graph& graph, ImportScope& scope, std::string_view name);

// The input of a body that a value around is.
Result<ValueId> add_capture(Graph& graph, ImportScope& scope, ValueId around);

// Adds all names that stand for something in a scope.
void add_visible_names(const ImportScope& scope, std::unordered_set<std::string_view>& names);

// Imports bodies of nodes in a scope; what it is given must outlive it.
std::unique_ptr<BodyImporter> body_importer(const FunctionTable& functions, ImportState& state,
                                            ImportScope& scope);

// Imports nodes, calls of functions included. check_operators() has passed. Errors: those of
// import_onnx, with the node named.
Status import_nodes(std::span<const NodeProto> nodes, const FunctionTable& functions,
                    ImportState& state, ImportScope& scope);

// Errors: those of import_onnx. `model` views bytes that `owner` keeps alive; the graph's constants
// do too.
Result<Graph> import_graph(const ModelProto& model, std::shared_ptr<const void> owner,
                           const ImportSettings& settings);

}  // namespace tenon::internal
