#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "onnx/import_graph.h"
#include "onnx/import_table.h"
#include "onnx/messages.h"
#include "onnx/sort_nodes.h"

#include <memory>
#include <utility>

namespace tenon::internal {
namespace {

// Functions that call others several times grow without bound in few bytes of file, and so do
// bodies of Loops in bodies of Loops, which are imported until their shapes are stable.
constexpr int64_t kMaxFunctionNodes = 300'000;

class NodesImport {
 public:
  NodesImport(const FunctionTable& functions, ImportState& state, ImportScope& scope)
      : functions_(functions), state_(state), scope_(scope) {}

  Status import_all(std::span<const NodeProto> nodes);

 private:
  Status import(const NodeProto& node);
  Status import_operator(const NodeProto& node, const ImportRow& row, int64_t version);
  Status call(const FunctionProto& function, const NodeProto& node);
  Status fill_body(const FunctionProto& function, const NodeProto& node, ImportScope& body);

  Result<std::vector<NodeAttribute>> attributes_of(const NodeProto& node) const;
  Result<std::vector<ValueId>> operands_of(const NodeProto& node);
  std::vector<NodeOutput> outputs_of(const NodeProto& node) const;
  std::string value_name(std::string_view name) const;
  std::string node_name(const NodeProto& node) const {
    return scope_.prefix + std::string(node.name);
  }

  const FunctionTable& functions_;
  ImportState& state_;
  ImportScope& scope_;
};

Status NodesImport::import_all(std::span<const NodeProto> nodes) {
  std::unordered_set<std::string_view> given;
  add_visible_names(scope_, given);
  if (scope_.is_nested) {
    // A body may name its values as the graph around it does.
    for (const NodeProto& node : nodes) {
      for (const std::string_view output : node.outputs) given.erase(output);
    }
  }
  for (const size_t index : TRY(topological_order(nodes, given))) TRY_STATUS(import(nodes[index]));
  return ok_status();
}

Status NodesImport::import(const NodeProto& node) {
  if (scope_.depth > 0 || scope_.is_nested) {
    // Long names count for more: they are what such a model would fill memory with.
    state_.function_nodes += 1 + static_cast<int64_t>(scope_.prefix.size() / 64);
    if (state_.function_nodes > kMaxFunctionNodes) {
      return unsupported("the functions and bodies of the model grow to more than {} nodes",
                         kMaxFunctionNodes);
    }
  }
  if (const FunctionProto* function = functions_.find(node); function != nullptr) {
    Status called = call(*function, node);
    if (called.ok()) return called;
    return std::move(called).error().with_context("while importing the call " + describe(node));
  }
  // check_operators() has seen that both are there.
  const int64_t version = opset_version(scope_.opsets, node.domain).value_or(0);
  const ImportRow* row = find_import_row(node.domain, node.op_type, version);
  if (row == nullptr) return unsupported("{} cannot be imported", describe(node));
  Status imported = import_operator(node, *row, version);
  if (imported.ok()) return imported;
  return std::move(imported)
      .error()
      .with_context(fmt::format("while importing {} (opset {})", describe(node), version))
      .with_node(node_name(node));
}

Status NodesImport::import_operator(const NodeProto& node, const ImportRow& row, int64_t version) {
  std::vector<ValueId> operands = TRY(operands_of(node));
  std::vector<NodeAttribute> attributes = TRY(attributes_of(node));
  const std::unique_ptr<BodyImporter> bodies = body_importer(functions_, state_, scope_);
  ImportNode import(state_, {.op = row.op,
                             .name = node_name(node),
                             .version = version,
                             .inputs = std::move(operands),
                             .outputs = outputs_of(node),
                             .attributes = std::move(attributes),
                             .bodies = bodies.get()});
  TRY_STATUS(row.import(import));
  for (size_t i = 0; i < import.results().size() && i < node.outputs.size(); ++i) {
    if (!node.outputs[i].empty()) {
      scope_.values.insert_or_assign(node.outputs[i], import.results()[i]);
    }
  }
  return ok_status();
}

Result<std::vector<NodeAttribute>> NodesImport::attributes_of(const NodeProto& node) const {
  std::vector<NodeAttribute> attributes;
  for (const AttributeProto& attribute : node.attributes) {
    if (attribute.reference.empty()) {
      attributes.push_back({attribute.name, &attribute});
      continue;
    }
    if (scope_.depth == 0) {
      return corrupt("its attribute {} refers to one of a function, but it is in none",
                     name_text(attribute.name));
    }
    // An attribute that the call does not give is left out, and the operator's default holds.
    const auto given = scope_.attributes.find(attribute.reference);
    if (given != scope_.attributes.end()) attributes.push_back({attribute.name, given->second});
  }
  return attributes;
}

Result<std::vector<ValueId>> NodesImport::operands_of(const NodeProto& node) {
  std::vector<ValueId> operands;
  for (const std::string_view input : node.inputs) {
    operands.push_back(input.empty() ? ValueId{} : TRY(resolve(state_.graph, scope_, input)));
  }
  return operands;
}

std::vector<NodeOutput> NodesImport::outputs_of(const NodeProto& node) const {
  std::vector<NodeOutput> outputs;
  for (const std::string_view output : node.outputs) {
    if (output.empty()) {
      outputs.emplace_back();
    } else {
      outputs.push_back({value_name(output), scope_.used.contains(output)});
    }
  }
  return outputs;
}

std::string NodesImport::value_name(std::string_view name) const {
  if (scope_.depth == 0 && !scope_.is_nested) return std::string(name);
  const auto given = scope_.output_names.find(name);
  if (given != scope_.output_names.end()) return given->second;
  return state_.unused_name(scope_.prefix + std::string(name));
}

Status NodesImport::fill_body(const FunctionProto& function, const NodeProto& node,
                              ImportScope& body) {
  if (node.inputs.size() > function.inputs.size() ||
      node.outputs.size() > function.outputs.size()) {
    return corrupt("it has {} and {}, and its function {} and {}",
                   counted(node.inputs.size(), "operand"), counted(node.outputs.size(), "output"),
                   function.inputs.size(), function.outputs.size());
  }
  const std::vector<ValueId> operands = TRY(operands_of(node));
  for (size_t i = 0; i < function.inputs.size(); ++i) {
    const ValueId operand = i < operands.size() ? operands[i] : ValueId{};
    if (!body.values.emplace(function.inputs[i], operand).second) {
      return corrupt("two operands of the function have the name {}",
                     name_text(function.inputs[i]));
    }
  }
  for (const AttributeProto& attribute : function.attributes) {
    body.attributes[attribute.name] = &attribute;
  }
  for (const NodeAttribute& attribute : TRY(attributes_of(node))) {
    body.attributes[attribute.name] = attribute.value;
  }
  for (const NodeProto& inner : function.nodes) {
    const std::vector<std::string_view> read = names_read(inner);
    body.used.insert(read.begin(), read.end());
  }
  const std::vector<NodeOutput> outputs = outputs_of(node);
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].used) body.used.insert(function.outputs[i]);
    if (!outputs[i].name.empty()) body.output_names.emplace(function.outputs[i], outputs[i].name);
  }
  return ok_status();
}

Status NodesImport::call(const FunctionProto& function, const NodeProto& node) {
  // check_operators() visits each function once, by the way that it meets first.
  if (scope_.depth == kMaxCallDepth) {
    return corrupt("functions call one another more than {} deep", kMaxCallDepth);
  }
  const std::string_view stem = node.name.empty() ? function.name : node.name;
  ImportScope body;
  body.opsets = function.opset_imports;
  body.prefix = scope_.prefix + std::string(stem) + "/";
  body.depth = scope_.depth + 1;
  TRY_STATUS(fill_body(function, node, body));
  TRY_STATUS(NodesImport(functions_, state_, body).import_all(function.nodes));
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i].empty()) continue;
    const auto value = body.values.find(function.outputs[i]);
    if (value == body.values.end() || !value->second.valid()) {
      return corrupt("the function does not compute its output {}", name_text(function.outputs[i]));
    }
    scope_.values.emplace(node.outputs[i], value->second);
  }
  return ok_status();
}

}  // namespace

Status import_nodes(std::span<const NodeProto> nodes, const FunctionTable& functions,
                    ImportState& state, ImportScope& scope) {
  return NodesImport(functions, state, scope).import_all(nodes);
}

}  // namespace tenon::internal
