#include "onnx/import_node.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "graph/executor.h"
#include "onnx/messages.h"
#include "ops/extents.h"
#include "ops/list.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tenon::internal {
namespace {

std::string_view kind_text(AttributeProto::Kind kind) {
  using Kind = AttributeProto::Kind;
  switch (kind) {
    case Kind::kTensor:
    case Kind::kTensors:
      return "a tensor";
    case Kind::kGraph:
    case Kind::kGraphs:
      return "a graph";
    case Kind::kSparseTensor:
    case Kind::kSparseTensors:
      return "a sparse tensor";
    case Kind::kType:
    case Kind::kTypes:
      return "a type";
    default:
      return "of no known kind";
  }
}

Result<AttributeValue> to_value(const AttributeProto& attribute, std::string_view name) {
  using Kind = AttributeProto::Kind;
  switch (attribute.kind) {
    case Kind::kFloat:
      return AttributeValue(static_cast<double>(attribute.float_value));
    case Kind::kInt:
      return AttributeValue(attribute.int_value);
    case Kind::kString:
      return AttributeValue(std::string(attribute.string_value));
    case Kind::kFloats:
      return AttributeValue(std::vector<double>(attribute.floats.begin(), attribute.floats.end()));
    case Kind::kInts:
      return AttributeValue(attribute.ints);
    case Kind::kStrings:
      return AttributeValue(
          std::vector<std::string>(attribute.strings.begin(), attribute.strings.end()));
    default:
      return unsupported("its attribute {} is {}", name_text(name), kind_text(attribute.kind));
  }
}

template <class T>
Result<std::optional<T>> take(AttributeMap& attributes, std::string_view name,
                              std::string_view kind) {
  const auto found = attributes.find(name);
  if (found == attributes.end()) return std::optional<T>();
  T* value = std::get_if<T>(&found->second);
  if (value == nullptr) return corrupt("its attribute {} is not {}", name_text(name), kind);
  std::optional<T> taken = std::move(*value);
  attributes.erase(found);
  return taken;
}

// What is evaluated and kept while a model is imported is small.
constexpr int64_t kMaxFoldedElements = kMaxKnownElements;

// Ops that give back elements of their operands, so that those of the result are known where the
// operands' are.
bool passes_elements_on(const OpDef& def) {
  constexpr std::array<std::string_view, 5> kNames = {"Cast", "Concat", "Identity", "Squeeze",
                                                      "Unsqueeze"};
  return std::ranges::find(kNames, def.name) != kNames.end();
}

bool can_be_extents(const ValueInfo& info) {
  if (info.type != DataType::kInt64 && info.type != DataType::kInt32) return false;
  const std::optional<int64_t> count = element_count(info.shape).as_constant();
  return count && *count <= kMaxKnownElements;
}

Result<const OpDef*> op_named(std::string_view name) {
  const OpDef* op = find_op(name);
  if (op == nullptr) return unsupported("this build has no op {}", name);
  return op;
}

}  // namespace

std::string ImportState::unused_name(std::string_view stem) const {
  return internal::unused_name(stem, [this](std::string_view name) {
    return graph.find_value(name).valid() || reserved_names.contains(name);
  });
}

std::string ImportState::take_stem(std::string_view text) {
  std::string stem = internal::unused_name(
      to_stem(text), [this](std::string_view name) { return stems.contains(name); });
  stems.insert(stem);
  return stem;
}

std::optional<HostTensor> ImportState::constant(ValueId id) const {
  const auto is_identity = [&](NodeId node) {
    return node.valid() && graph.node(node).op->name == "Identity";
  };
  while (id.valid() && is_identity(graph.value(id).producer)) {
    id = graph.node(graph.value(id).producer).inputs.front();
  }
  if (!id.valid()) return std::nullopt;
  const Value& value = graph.value(id);
  if (value.constant) return value.constant;
  if (const auto found = folded.find(id); found != folded.end()) return found->second;
  const auto& elements = value.info.elements;
  if (!elements || !std::ranges::all_of(*elements, &Dim::is_constant)) return std::nullopt;
  Result<HostTensor> known = known_tensor(value.info, {});
  return known.ok() ? std::optional(*std::move(known)) : std::nullopt;
}

ImportNode::ImportNode(ImportState& state, Parts parts) : state_(state), parts_(std::move(parts)) {
  while (!parts_.inputs.empty() && !parts_.inputs.back().valid()) parts_.inputs.pop_back();
}

bool ImportNode::has_input(size_t index) const { return input(index).valid(); }

ValueId ImportNode::input(size_t index) const {
  return index < parts_.inputs.size() ? parts_.inputs[index] : ValueId{};
}

Result<ValueInfo> ImportNode::input_info(size_t index) const {
  if (!has_input(index)) return corrupt("its operand {} is missing", index);
  return state_.graph.value(input(index)).info;
}

Result<ValueInfo> ImportNode::known_info(size_t index) {
  if (!has_input(index)) return corrupt("its operand {} is missing", index);
  parts_.inputs[index] = TRY(known_on_host(parts_.inputs[index]));
  return input_info(index);
}

std::optional<HostTensor> ImportNode::constant(size_t index) const {
  return state_.constant(input(index));
}

Result<std::vector<double>> ImportNode::constant_numbers(size_t index,
                                                         std::string_view what) const {
  const std::optional<HostTensor> tensor = constant(index);
  if (!tensor) {
    return unsupported(
        "its operand with the {} is computed from inputs of the model, or by many nodes; only what "
        "constants lead to can be imported",
        what);
  }
  std::vector<double> numbers;
  for (int64_t i = 0; i < tensor->elements(); ++i) {
    numbers.push_back(element_as_double(tensor->view(), i));
  }
  return numbers;
}

Result<AttributeMap> ImportNode::attributes_but(std::string_view name) const {
  AttributeMap attributes;
  for (const NodeAttribute& attribute : parts_.attributes) {
    if (!name.empty() && attribute.name == name) continue;
    AttributeValue value = TRY(to_value(*attribute.value, attribute.name));
    if (!attributes.emplace(attribute.name, std::move(value)).second) {
      return corrupt("its attribute {} is given twice", name_text(attribute.name));
    }
  }
  if (parts_.version < 6) attributes.erase("consumed_inputs");
  return attributes;
}

Result<HostTensor> ImportNode::tensor(const AttributeProto& attribute) {
  if (attribute.kind != AttributeProto::Kind::kTensor || attribute.tensors.size() != 1) {
    return corrupt("its attribute {} is no tensor", name_text(attribute.name));
  }
  return read_tensor(attribute.tensors.front(), state_.owner, state_.files);
}

std::string ImportNode::output_name(size_t index) const {
  const std::string_view name =
      index < parts_.outputs.size() ? std::string_view(parts_.outputs[index].name) : "";
  return name.empty() ? state_.unused_name(fmt::format("{}_output_{}", parts_.op, index))
                      : std::string(name);
}

Result<std::optional<std::vector<HostTensor>>> ImportNode::evaluate_constant(
    const OpDef& def, const Attrs& attrs, std::span<const ValueId> inputs) const {
  std::optional<std::vector<HostTensor>> results;
  if (def.bodies > 0 || inputs.empty()) return results;
  std::vector<HostTensor> operands;
  Node node{.op = &def, .attrs = attrs, .name = {}, .inputs = {}, .outputs = {}};
  std::vector<ValueInfo> infos;
  for (const ValueId id : inputs) {
    const std::optional<HostTensor> tensor = state_.constant(id);
    if (id.valid() && (!tensor || tensor->elements() > kMaxFoldedElements)) return results;
    operands.push_back(tensor.value_or(HostTensor()));
    infos.push_back(operands.back().info());
  }
  std::vector<ValueInfo> outputs = TRY(infer_outputs(def, attrs, infos));
  SymbolBindings bindings;
  TRY_STATUS(bind_extents(node, operands, *state_.pool, bindings));
  for (const ValueInfo& info : outputs) {
    if (tenon::element_count(TRY(evaluate(info.shape, bindings))) > kMaxFoldedElements) {
      return results;
    }
  }
  results = TRY(execute_node(node, operands, outputs, bindings, *state_.pool));
  return results;
}

// An operand that is known already, as a constant or by its elements, stays; of an op that passes
// elements on, those of its operands are asked for.
Result<ValueId> ImportNode::known_on_host(ValueId id) {
  const Value& value = state_.graph.value(id);
  if (value.info.elements || value.constant) return id;
  if (const auto made = state_.extents.find(id); made != state_.extents.end()) return made->second;
  const auto keep = [&](ValueId known) {
    state_.extents.emplace(id, known);
    return known;
  };
  if (const std::optional<HostTensor> tensor = state_.constant(id)) {
    return keep(TRY(state_.graph.add_constant(state_.unused_name(value.name), *tensor)));
  }
  if (!can_be_extents(value.info)) return id;
  const ValueInfo info = value.info;
  const std::string name = value.name;
  if (value.producer.valid() && passes_elements_on(*state_.graph.node(value.producer).op)) {
    const Node producer = state_.graph.node(value.producer);
    std::vector<ValueId> operands = producer.inputs;
    for (ValueId& operand : operands) operand = TRY(known_on_host(operand));
    const NodeId made = TRY(state_.graph.add_node(*producer.op, producer.attrs, std::move(operands),
                                                  producer.name, {state_.unused_name(name)}));
    const ValueId result = state_.graph.node(made).outputs.front();
    if (state_.graph.value(result).info.elements) return keep(result);
  }
  const OpDef* op = TRY(op_named(kExtentsName));
  const Attrs attrs = Attrs::of(ExtentAttrs{.extent = state_.take_stem(name)});
  const NodeId made =
      TRY(state_.graph.add_node(*op, attrs, {id}, name, {state_.unused_name(name + "_extents")}));
  return keep(state_.graph.node(made).outputs.front());
}

// Remembers the results of a node whose operands are constants.
Status ImportNode::fold(NodeId id) {
  const Node& node = state_.graph.node(id);
  const auto is_constant = [&](ValueId operand) {
    return !operand.valid() || state_.constant(operand).has_value();
  };
  if (has_stem(*node.op) || !std::ranges::all_of(node.inputs, is_constant)) return ok_status();
  const auto results = evaluate_constant(*node.op, node.attrs, node.inputs);
  // What cannot be computed is an error of the run.
  if (!results.ok() || !*results) return ok_status();
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    state_.folded.emplace(node.outputs[i], (**results)[i]);
  }
  return ok_status();
}

Result<std::vector<ValueId>> ImportNode::add_node(std::string_view op,
                                                  const AttributeMap& attributes,
                                                  std::vector<ValueId> inputs,
                                                  std::vector<std::string> names) {
  const OpDef* def = TRY(op_named(op));
  Attrs attrs = TRY(Attrs::from_map(*def->attrs, attributes));
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].valid() || !in_mask(def->host_inputs, i)) continue;
    inputs[i] = TRY(known_on_host(inputs[i]));
  }
  if (has_stem(*def)) {
    const std::string& name = parts_.name.empty() ? names.front() : parts_.name;
    attrs = with_stem(attrs, state_.take_stem(name));
    if (auto results = TRY(evaluate_constant(*def, attrs, inputs))) {
      std::vector<ValueId> constants;
      for (size_t i = 0; i < results->size(); ++i) {
        constants.push_back(TRY(state_.graph.add_constant(names[i], std::move((*results)[i]))));
      }
      return constants;
    }
  }
  const NodeId node = TRY(state_.graph.add_node(*def, std::move(attrs), std::move(inputs),
                                                parts_.name, std::move(names)));
  TRY_STATUS(fold(node));
  return state_.graph.node(node).outputs;
}

Result<ValueId> ImportNode::add(std::string_view op, const AttributeMap& attributes,
                                std::vector<ValueId> inputs, std::string_view role) {
  std::string name = state_.unused_name(fmt::format("{}_{}", output_name(0), role));
  return TRY(add_node(op, attributes, std::move(inputs), {std::move(name)})).front();
}

Result<ValueId> ImportNode::add_constant(HostTensor tensor, std::string_view role) {
  return state_.graph.add_constant(state_.unused_name(fmt::format("{}_{}", output_name(0), role)),
                                   std::move(tensor));
}

Result<ValueId> ImportNode::add_int64s(std::span<const int64_t> values, std::string_view role) {
  return add_constant(TRY(HostTensor::of_int64({static_cast<int64_t>(values.size())}, values)),
                      role);
}

Result<ValueId> ImportNode::add_dims(std::span<const Dim> values, std::string_view role) {
  std::vector<int64_t> constants;
  std::vector<std::string> texts;
  for (const Dim& value : values) {
    texts.push_back(value.to_string());
    if (value.is_constant()) constants.push_back(value.constant());
  }
  if (constants.size() == values.size()) return add_int64s(constants, role);
  return add("Dims",
             {{"shape", std::vector{static_cast<int64_t>(values.size())}},
              {"type", std::string(to_string(DataType::kInt64))},
              {"elements", std::move(texts)}},
             {}, role);
}

Status ImportNode::refuse_outputs_from(size_t first) const {
  for (size_t i = first; i < parts_.outputs.size(); ++i) {
    if (!parts_.outputs[i].used) continue;
    return unsupported(
        "its output {} of {}, {}, is used, and only {} can be computed: leave it out, or make the "
        "model without what uses it",
        i + 1, parts_.outputs.size(), name_text(parts_.outputs[i].name),
        first == 1 ? std::string("the first one") : fmt::format("the first {}", first));
  }
  return ok_status();
}

Status ImportNode::finish(std::string_view op, const AttributeMap& attributes,
                          std::vector<ValueId> inputs) {
  const OpDef* def = TRY(op_named(op));
  const auto computed = static_cast<size_t>(def->outputs);
  TRY_STATUS(refuse_outputs_from(computed));
  std::vector<std::string> names;
  for (size_t i = 0; i < computed; ++i) names.push_back(output_name(i));
  results_ = TRY(add_node(op, attributes, std::move(inputs), std::move(names)));
  return ok_status();
}

Status ImportNode::finish_output(size_t index, std::string_view op, const AttributeMap& attributes,
                                 std::vector<ValueId> inputs) {
  const std::vector<ValueId> made =
      TRY(add_node(op, attributes, std::move(inputs), {output_name(index)}));
  results_.resize(std::max({results_.size(), parts_.outputs.size(), index + 1}));
  results_[index] = made.front();
  return ok_status();
}

std::string ImportNode::take_stem() {
  return state_.take_stem(parts_.name.empty() ? output_name(0) : parts_.name);
}

Result<std::vector<ValueId>> ImportNode::add_with_bodies(std::string_view op,
                                                         const AttributeMap& attributes,
                                                         std::vector<ValueId> inputs,
                                                         std::vector<std::string> names,
                                                         const Bodies& bodies) {
  const OpDef* def = TRY(op_named(op));
  Attrs attrs = TRY(Attrs::from_map(*def->attrs, attributes));
  const NodeId node = TRY(state_.graph.add_node(*def, std::move(attrs), std::move(inputs),
                                                parts_.name, std::move(names), bodies));
  return state_.graph.node(node).outputs;
}

Status ImportNode::finish_values(std::vector<ValueId> values) {
  TRY_STATUS(refuse_outputs_from(values.size()));
  results_ = std::move(values);
  return ok_status();
}

Status ImportNode::finish_constant(HostTensor tensor) {
  TRY_STATUS(refuse_outputs_from(1));
  results_ = {TRY(state_.graph.add_constant(output_name(0), std::move(tensor)))};
  return ok_status();
}

Result<int64_t> take_int(AttributeMap& attributes, std::string_view name, int64_t default_value) {
  return TRY(take<int64_t>(attributes, name, "an integer")).value_or(default_value);
}

Result<std::optional<std::vector<int64_t>>> take_ints(AttributeMap& attributes,
                                                      std::string_view name) {
  return take<std::vector<int64_t>>(attributes, name, "a list of integers");
}

Result<std::optional<double>> take_float(AttributeMap& attributes, std::string_view name) {
  return take<double>(attributes, name, "a number");
}

Result<std::optional<std::vector<double>>> take_floats(AttributeMap& attributes,
                                                       std::string_view name) {
  return take<std::vector<double>>(attributes, name, "a list of numbers");
}

Result<std::string> take_string(AttributeMap& attributes, std::string_view name,
                                std::string_view default_value) {
  return TRY(take<std::string>(attributes, name, "a string")).value_or(std::string(default_value));
}

Status check_all_taken(const AttributeMap& attributes) {
  if (attributes.empty()) return ok_status();
  return corrupt("its attribute {} is not known", name_text(attributes.begin()->first));
}

}  // namespace tenon::internal
