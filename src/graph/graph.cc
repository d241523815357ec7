#include "graph/graph.h"

#include "base/check.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "graph/bodies.h"
#include "ops/extents.h"

#include <algorithm>
#include <utility>

namespace tenon::internal {
namespace {

// Whether a concrete shape is what the pattern gives; the ranks are equal.
Status check_shape(const SymbolicShape& pattern, const Shape& shape,
                   const SymbolBindings& bindings) {
  for (size_t axis = 0; axis < pattern.size(); ++axis) {
    const int64_t expected = TRY(pattern[axis].evaluate(bindings));
    if (expected != shape[axis]) {
      return invalid_argument("axis {} is {}, but {} is {}", axis, shape[axis],
                              pattern[axis].to_string(), expected);
    }
  }
  return {};
}

Status check_rank(std::string_view kind, std::string_view name, size_t rank) {
  if (rank <= kMaxRank) return {};
  return invalid_argument("{} {} has {} dims, the limit is {}", kind, quote(name), rank, kMaxRank);
}

// Some shape must be possible.
Status check_input_dims(std::string_view name, const ValueInfo& info) {
  for (size_t axis = 0; axis < info.shape.size(); ++axis) {
    const Dim& dim = info.shape[axis];
    const std::optional<DimRange> range = dim.range();
    if (dim.may_have_value({}) && (!range || range->max >= 0)) continue;
    return invalid_argument(
        "input {} is {}: its dim {} at axis {} is no number from 0 up, whatever the shapes are",
        quote(name), to_string(info), dim.to_string(), axis);
  }
  return {};
}

}  // namespace

Status Graph::check_new_name(std::string_view name) const {
  if (name.empty()) return invalid_argument("a value needs a name");
  if (names_.contains(name)) {
    return invalid_argument("two values have the name {}", quote(name));
  }
  return {};
}

ValueId Graph::insert(Value value) {
  const ValueId id{static_cast<uint32_t>(values_.size())};
  names_.emplace(value.name, id);
  values_.push_back(std::move(value));
  return id;
}

void Graph::remove_value(ValueId id) {
  names_.erase(names_.find(value(id).name));
  values_[id.index] = {};
}

Result<ValueId> Graph::add_input(std::string name, ValueInfo info) {
  info.elements.reset();
  TRY_STATUS(check_input_dims(name, info));
  return add_body_input(std::move(name), std::move(info));
}

Result<ValueId> Graph::add_body_input(std::string name, ValueInfo info) {
  TRY_STATUS(check_new_name(name));
  if (!info.present()) return invalid_argument("input {} has no element type", quote(name));
  TRY_STATUS(check_rank("input", name, info.shape.size()));
  const ValueId id = insert({.name = std::move(name), .info = std::move(info)});
  inputs_.push_back(id);
  return id;
}

Status Graph::retype_inputs(std::span<const ValueInfo> infos) {
  TENON_CHECK(infos.size() == inputs_.size());
  for (size_t i = 0; i < infos.size(); ++i) {
    if (!infos[i].present()) return invalid_argument("input {} has no element type", i);
    values_[inputs_[i].index].info = infos[i];
  }
  return {};
}

Status Graph::change_inputs(std::span<const CaptureChange> changes) {
  TENON_CHECK(changes.size() == inputs_.size());
  std::vector<ValueId> replacement(values_.size());
  std::vector<ValueId> kept;
  for (size_t i = 0; i < changes.size(); ++i) {
    const ValueId id = inputs_[i];
    if (changes[i].constant) {
      given_constant_bytes_ += static_cast<int64_t>(changes[i].constant->bytes().size());
      values_[id.index].info = changes[i].constant->info();
      values_[id.index].constant = changes[i].constant;
    } else if (changes[i].same_as) {
      replacement[id.index] = inputs_[*changes[i].same_as];
    } else if (!changes[i].drop) {
      kept.push_back(id);
    }
  }
  const auto replace = [&](ValueId& id) {
    if (id.valid() && replacement[id.index].valid()) id = replacement[id.index];
  };
  for (const NodeId id : order_) std::ranges::for_each(nodes_[id.index].inputs, replace);
  for (GraphOutput& output : outputs_) replace(output.value);
  std::vector<bool> used(values_.size());
  for (const NodeId id : order_) {
    for (const ValueId operand : nodes_[id.index].inputs) {
      if (operand.valid()) used[operand.index] = true;
    }
  }
  for (const GraphOutput& output : outputs_) used[output.value.index] = true;
  for (size_t i = 0; i < changes.size(); ++i) {
    const ValueId id = inputs_[i];
    if (!changes[i].drop && !changes[i].same_as) continue;
    if (used[id.index]) {
      return invalid_argument("input {} goes away and is used", quote(value(id).name));
    }
    remove_value(id);
  }
  inputs_ = std::move(kept);
  return {};
}

Result<ValueId> Graph::add_constant(std::string name, HostTensor tensor) {
  if (name.empty()) name = fresh_name("constant");
  TRY_STATUS(check_new_name(name));
  ValueInfo info = tensor.info();
  if (!info.present()) return invalid_argument("constant {} has no element type", quote(name));
  TRY_STATUS(check_rank("constant", name, info.shape.size()));
  given_constant_bytes_ += static_cast<int64_t>(tensor.bytes().size());
  return insert({.name = std::move(name), .info = std::move(info), .constant = std::move(tensor)});
}

Result<NodeId> Graph::add_node(const OpDef& op, Attrs attrs, std::vector<ValueId> inputs,
                               std::string node_name, std::vector<std::string> output_names,
                               const Bodies& bodies) {
  while (!inputs.empty() && !inputs.back().valid()) inputs.pop_back();
  for (const ValueId id : inputs) TENON_CHECK(!id.valid() || id.index < values_.size());
  const std::vector<ValueInfo> operands = infos_of(*this, inputs);
  const std::string text = describe(
      op.name, node_name, output_names.empty() ? std::string_view() : output_names.front());
  if (has_stem(op) && stem_of(attrs).empty()) {
    attrs = with_stem(attrs, unused_stem(node_name.empty() ? op.name : node_name));
  }
  Result<InferredNode> with_bodies = infer_node(op, attrs, operands, bodies);
  if (!with_bodies.ok()) {
    return std::move(with_bodies).error().with_context("at " + text).with_node(node_name);
  }
  std::vector<ValueInfo>* const inferred = &with_bodies->outputs;
  if (output_names.size() > inferred->size()) {
    return invalid_argument("{} computes {}, and the names given are {}", text,
                            counted(inferred->size(), "value"), output_names.size());
  }
  for (auto name = output_names.begin(); name != output_names.end(); ++name) {
    if (name->empty()) continue;
    TRY_CONTEXT(check_new_name(*name), "at " + text);
    if (std::find(output_names.begin(), name, *name) != name) {
      return invalid_argument("{} computes two values named {}", text, quote(*name));
    }
  }

  const NodeId node{static_cast<uint32_t>(nodes_.size())};
  const std::string stem = node_name.empty() ? std::string(op.name) : node_name;
  output_names.resize(inferred->size());
  std::vector<ValueId> outputs;
  for (std::string& name : output_names) {
    if (!name.empty()) continue;
    name = unused_name(stem, [&](std::string_view candidate) {
      return names_.contains(candidate) ||
             std::ranges::find(output_names, candidate) != output_names.end();
    });
  }
  for (size_t i = 0; i < output_names.size(); ++i) {
    outputs.push_back(insert({.name = std::move(output_names[i]),
                              .info = std::move((*inferred)[i]),
                              .producer = node,
                              .producer_output = static_cast<uint32_t>(i)}));
  }
  nodes_.push_back({.op = &op,
                    .attrs = std::move(attrs),
                    .name = std::move(node_name),
                    .inputs = std::move(inputs),
                    .outputs = std::move(outputs),
                    .bodies = std::move(with_bodies->bodies)});
  order_.push_back(node);
  return node;
}

Status Graph::add_output(std::string name, ValueId value) {
  TENON_CHECK(value.index < values_.size());
  for (const GraphOutput& output : outputs_) {
    if (output.name == name) return invalid_argument("two outputs have the name {}", quote(name));
  }
  outputs_.push_back({.name = std::move(name), .value = value});
  return {};
}

std::vector<ValueId> Graph::used_constants() const {
  std::vector<bool> used(values_.size());
  const auto use = [&](ValueId id) {
    if (id.valid() && value(id).constant) used[id.index] = true;
  };
  for (const NodeId id : order_) {
    for (const ValueId operand : node(id).inputs) use(operand);
  }
  for (const GraphOutput& output : outputs_) use(output.value);
  std::vector<ValueId> constants;
  for (uint32_t i = 0; i < used.size(); ++i) {
    if (used[i]) constants.push_back({i});
  }
  return constants;
}

void Graph::set_bodies(NodeId node, Bodies bodies) {
  TENON_CHECK(nodes_[node.index].bodies.size() == bodies.size());
  nodes_[node.index].bodies = std::move(bodies);
}

void Graph::set_attrs(NodeId node, Attrs attrs) { nodes_[node.index].attrs = std::move(attrs); }

void Graph::set_layout(ValueId value, Layout layout) {
  TENON_CHECK(!is_input(value) && layout != Layout::kPacked);
  values_[value.index].info.layout = layout;
}

bool Graph::is_input(ValueId id) const {
  const Value& wanted = value(id);
  return !wanted.producer.valid() && !wanted.constant && !wanted.name.empty();
}

ValueId Graph::find_value(std::string_view name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? ValueId{} : found->second;
}

std::vector<std::vector<Use>> Graph::uses() const {
  std::vector<std::vector<Use>> uses(values_.size());
  for (const NodeId id : order_) {
    const Node& user = node(id);
    for (uint32_t i = 0; i < user.inputs.size(); ++i) {
      if (user.inputs[i].valid()) uses[user.inputs[i].index].push_back({id, i});
    }
  }
  return uses;
}

std::set<std::string> Graph::input_symbols() const {
  std::set<std::string> symbols;
  for (const ValueId id : inputs_) {
    for (const Dim& dim : value(id).info.shape) dim.collect_symbols(symbols);
  }
  return symbols;
}

Result<SymbolBindings> Graph::bind(std::span<const Shape> input_shapes) const {
  if (input_shapes.size() != inputs_.size()) {
    return invalid_argument("the graph has {}, but shapes are given for {}",
                            counted(inputs_.size(), "input"), input_shapes.size());
  }
  const auto context = [&](size_t i) {
    const Value& input = value(inputs_[i]);
    return fmt::format("for input {} of type {}, given {}", quote(input.name),
                       to_string(input.info), to_string(input_shapes[i]));
  };
  SymbolBindings bindings;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    TRY_CONTEXT(bind_symbols(value(inputs_[i]).info.shape, input_shapes[i], bindings), context(i));
  }
  for (size_t i = 0; i < inputs_.size(); ++i) {
    TRY_CONTEXT(check_shape(value(inputs_[i]).info.shape, input_shapes[i], bindings), context(i));
  }
  return bindings;
}

std::string Graph::unused_stem(std::string_view text) const {
  std::set<std::string, std::less<>> taken;
  for (const std::string& symbol : input_symbols()) taken.emplace(stem_of_symbol(symbol));
  collect_told_stems(*this, taken);
  return unused_name(to_stem(text), [&](std::string_view name) { return taken.contains(name); });
}

std::string Graph::fresh_name(std::string_view stem) const {
  return unused_name(stem, [this](std::string_view name) { return names_.contains(name); });
}

Graph Graph::compacted() const {
  Graph dense(name_);
  dense.given_constant_bytes_ = given_constant_bytes_;
  std::vector<ValueId> moved(values_.size());
  const auto copy = [&](ValueId id) { moved[id.index] = dense.insert(value(id)); };
  for (const ValueId id : inputs_) {
    copy(id);
    dense.inputs_.push_back(moved[id.index]);
  }
  for (const ValueId id : used_constants()) copy(id);
  for (const NodeId id : order_) {
    const NodeId to{static_cast<uint32_t>(dense.nodes_.size())};
    Node copied = node(id);
    for (ValueId& operand : copied.inputs) {
      if (operand.valid()) operand = moved[operand.index];
    }
    for (ValueId& output : copied.outputs) {
      copy(output);
      output = moved[output.index];
      dense.values_[output.index].producer = to;
    }
    dense.nodes_.push_back(std::move(copied));
    dense.order_.push_back(to);
  }
  for (const GraphOutput& output : outputs_) {
    dense.outputs_.push_back({output.name, moved[output.value.index]});
  }
  return dense;
}

std::string describe(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  // Also for graphs that verify() finds to be broken.
  const bool has_output =
      !node.outputs.empty() && node.outputs.front().index < graph.value_capacity();
  return describe(node.op->name, node.name,
                  has_output ? graph.value(node.outputs.front()).name : std::string_view());
}

std::string describe(std::string_view op, std::string_view node_name,
                     std::string_view output_name) {
  if (!node_name.empty()) return fmt::format("{} '{}'", op, node_name);
  if (!output_name.empty()) return fmt::format("{} of '{}'", op, output_name);
  return std::string(op);
}

std::string unused_name(std::string_view stem, FunctionRef<bool(std::string_view)> taken) {
  std::string base = stem.empty() ? "value" : std::string(stem);
  if (!taken(base)) return base;
  const auto numbered = [&base](uint64_t number) { return fmt::format("{}_{}", base, number); };
  // Doubling and then halving finds a free number in few probes however many are taken.
  uint64_t used = 0;
  uint64_t unused = 1;
  while (taken(numbered(unused))) {
    used = unused;
    unused *= 2;
  }
  while (unused - used > 1) {
    const uint64_t middle = used + (unused - used) / 2;
    (taken(numbered(middle)) ? used : unused) = middle;
  }
  return numbered(unused);
}

}  // namespace tenon::internal
