#include "graph/patch.h"

#include "base/check.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "graph/bodies.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tenon::internal {

const Value& Patch::value(ValueId id) const {
  const size_t old_values = graph_->value_capacity();
  return id.index < old_values ? graph_->value(id) : new_values_[id.index - old_values];
}

const Node& Patch::node(NodeId id) const {
  const size_t old_nodes = graph_->node_capacity();
  return id.index < old_nodes ? graph_->node(id) : new_nodes_[id.index - old_nodes].node;
}

std::string Patch::fresh_name(std::string_view stem) const {
  return unused_name(stem, [this](std::string_view name) {
    return graph_->find_value(name).valid() || new_names_.contains(name);
  });
}

ValueId Patch::insert(Value value) {
  const ValueId id{static_cast<uint32_t>(value_count())};
  new_names_.insert(value.name);
  new_values_.push_back(std::move(value));
  return id;
}

Result<std::vector<ValueId>> Patch::add_node(NodeId before, const OpDef& op, Attrs attrs,
                                             std::vector<ValueId> inputs, std::string node_name,
                                             const Bodies& bodies) {
  TENON_CHECK(before.index < graph_->node_capacity() && graph_->node(before).op != nullptr);
  while (!inputs.empty() && !inputs.back().valid()) inputs.pop_back();
  std::vector<ValueInfo> operands;
  for (const ValueId id : inputs) operands.push_back(id.valid() ? info(id) : ValueInfo{});
  Result<InferredNode> inferred = infer_node(op, attrs, operands, bodies);
  if (!inferred.ok()) {
    return std::move(inferred)
        .error()
        .with_context(fmt::format("at a new {} '{}'", op.name, node_name))
        .with_node(node_name);
  }
  const NodeId id{static_cast<uint32_t>(graph_->node_capacity() + new_nodes_.size())};
  const std::string stem = node_name.empty() ? std::string(op.name) : node_name;
  std::vector<ValueId> outputs;
  for (ValueInfo& output : inferred->outputs) {
    outputs.push_back(insert({.name = fresh_name(stem),
                              .info = std::move(output),
                              .producer = id,
                              .producer_output = static_cast<uint32_t>(outputs.size())}));
  }
  new_nodes_.push_back({.node = {.op = &op,
                                 .attrs = std::move(attrs),
                                 .name = std::move(node_name),
                                 .inputs = std::move(inputs),
                                 .outputs = outputs,
                                 .bodies = std::move(inferred->bodies)},
                        .before = before});
  return outputs;
}

ValueId Patch::add_constant(HostTensor tensor, std::string_view name_stem) {
  ValueInfo info = tensor.info();
  return insert(
      {.name = fresh_name(name_stem), .info = std::move(info), .constant = std::move(tensor)});
}

void Patch::replace(ValueId old_value, ValueId replacement) {
  TENON_CHECK(old_value.index < graph_->value_capacity());
  TENON_CHECK(replacement.index < value_count());
  replacements_.emplace_back(old_value, replacement);
}

void Patch::remove(NodeId node) {
  TENON_CHECK(node.index < graph_->node_capacity());
  removals_.push_back(node);
}

const ValueInfo& Patch::info(ValueId id) const {
  TENON_CHECK(id.index < value_count());
  return value(id).info;
}

Result<std::vector<ValueId>> Patch::resolve() const {
  std::vector<ValueId> resolved(value_count());
  for (uint32_t i = 0; i < resolved.size(); ++i) resolved[i] = {i};
  for (const auto& [old_value, replacement] : replacements_) {
    if (resolved[old_value.index] != old_value) {
      return invalid_argument("value {} is replaced twice", quote(value(old_value).name));
    }
    if (info(old_value).type != info(replacement).type ||
        info(old_value).shape.size() != info(replacement).shape.size()) {
      return invalid_argument("value {} of type {} cannot be replaced by one of type {}",
                              quote(value(old_value).name), to_string(info(old_value)),
                              to_string(info(replacement)));
    }
    resolved[old_value.index] = replacement;
  }
  for (const auto& [start, unused] : replacements_) {
    ValueId end = start;
    for (size_t steps = 0; resolved[end.index] != end; ++steps) {
      if (steps > replacements_.size()) {
        return invalid_argument("the replacements of value {} form a cycle",
                                quote(value(start).name));
      }
      end = resolved[end.index];
    }
    // Later walks along this chain take one step.
    for (ValueId at = start; at != end;) at = std::exchange(resolved[at.index], end);
  }
  return resolved;
}

std::vector<bool> Patch::removed_nodes() const {
  std::vector<bool> removed(graph_->node_capacity());
  for (const NodeId id : removals_) removed[id.index] = true;
  return removed;
}

std::vector<NodeId> Patch::new_order() const {
  const std::vector<bool> removed = removed_nodes();
  std::vector<std::vector<NodeId>> before(graph_->node_capacity());
  for (uint32_t i = 0; i < new_nodes_.size(); ++i) {
    before[new_nodes_[i].before.index].push_back(
        {static_cast<uint32_t>(graph_->node_capacity()) + i});
  }
  std::vector<NodeId> order;
  for (const NodeId id : graph_->order()) {
    order.insert(order.end(), before[id.index].begin(), before[id.index].end());
    if (!removed[id.index]) order.push_back(id);
  }
  return order;
}

Status Patch::check(std::span<const NodeId> order, std::span<const ValueId> resolved) const {
  std::vector<bool> defined(value_count());
  std::vector<bool> kept(value_count());
  for (uint32_t i = 0; i < defined.size(); ++i) {
    defined[i] = !value({i}).producer.valid() && !value({i}).name.empty();
  }
  for (const NodeId id : order) {
    for (const ValueId output : node(id).outputs) kept[output.index] = true;
  }
  const auto check_use = [&](ValueId operand, FunctionRef<std::string()> user) -> Status {
    const ValueId used = resolved[operand.index];
    if (defined[used.index]) return {};
    return invalid_argument("{} uses value {}, {}", user(), quote(value(used).name),
                            kept[used.index] ? "which is computed after it" : "which is removed");
  };
  for (const NodeId id : order) {
    const Node& user = node(id);
    const auto name = [&] {
      return describe(user.op->name, user.name, value(user.outputs.front()).name);
    };
    for (const ValueId operand : user.inputs) {
      if (operand.valid()) TRY_STATUS(check_use(operand, name));
    }
    for (const ValueId output : user.outputs) defined[output.index] = true;
  }
  for (const GraphOutput& output : graph_->outputs()) {
    const auto name = [&] { return fmt::format("output {}", quote(output.name)); };
    TRY_STATUS(check_use(output.value, name));
  }
  return {};
}

void Patch::inherit_names(std::span<const ValueId> resolved) {
  const size_t old_values = graph_->value_capacity();
  const std::vector<bool> removed = removed_nodes();
  std::vector<bool> named(new_values_.size());
  for (const auto& [old_value, unused] : replacements_) {
    const NodeId producer = graph_->value(old_value).producer;
    if (!producer.valid() || !removed[producer.index]) continue;
    if (resolved[old_value.index].index < old_values) continue;
    const size_t heir = resolved[old_value.index].index - old_values;
    if (named[heir]) continue;
    named[heir] = true;
    new_values_[heir].name = graph_->value(old_value).name;
  }
}

Status Patch::apply(Graph& graph) && {
  TENON_CHECK(&graph == graph_);
  const std::vector<ValueId> resolved = TRY(resolve());
  std::vector<NodeId> order = new_order();
  TRY_STATUS(check(order, resolved));
  inherit_names(resolved);

  for (const NodeId id : removals_) {
    for (const ValueId output : graph.nodes_[id.index].outputs) graph.remove_value(output);
    graph.nodes_[id.index] = {};
  }
  for (Value& added : new_values_) graph.insert(std::move(added));
  for (NewNode& added : new_nodes_) graph.nodes_.push_back(std::move(added.node));
  graph.order_ = std::move(order);
  for (const NodeId id : graph.order_) {
    for (ValueId& operand : graph.nodes_[id.index].inputs) {
      if (operand.valid()) operand = resolved[operand.index];
    }
  }
  for (GraphOutput& output : graph.outputs_) output.value = resolved[output.value.index];

  std::vector<bool> used(graph.values_.size());
  for (const ValueId id : graph.used_constants()) used[id.index] = true;
  for (uint32_t i = 0; i < used.size(); ++i) {
    if (graph.values_[i].constant && !used[i]) graph.remove_value({i});
  }
  return {};
}

Status refresh_types(Graph& graph) {
  for (const NodeId id : graph.order_) {
    Node& node = graph.nodes_[id.index];
    const std::vector<ValueInfo> operands = infos_of(graph, node.inputs);
    Result<InferredNode> with_bodies = infer_node(*node.op, node.attrs, operands, node.bodies);
    if (!with_bodies.ok()) {
      return std::move(with_bodies)
          .error()
          .with_context("at " + describe(graph, id))
          .with_node(node.name);
    }
    node.bodies = std::move(with_bodies->bodies);
    std::vector<ValueInfo>* const inferred = &with_bodies->outputs;
    TENON_CHECK(inferred->size() == node.outputs.size());
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      Value& output = graph.values_[node.outputs[i].index];
      ValueInfo& info = (*inferred)[i];
      if (info.type != output.info.type || info.shape.size() != output.info.shape.size()) {
        return invalid_argument("the type of {} changes from {} to {} at {}", quote(output.name),
                                to_string(output.info), to_string(info), describe(graph, id))
            .with_node(node.name);
      }
      output.info = std::move(info);
    }
  }
  return {};
}

}  // namespace tenon::internal
