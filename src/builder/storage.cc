#include "builder/storage.h"

#include "builder/windows.h"
#include "graph/needed_values.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace tenon::internal {
namespace {

class StoragePlanner {
 public:
  explicit StoragePlanner(const Graph& graph) : graph_(graph) {}

  StoragePlan run(TakesPitches takes_pitches) {
    find_needed();
    place_outputs();
    place_views();
    place_windows(graph_, takes_pitches, plan_);
    share_in_place();
    return std::move(plan_);
  }

 private:
  // The node whose result a value is, if it is a view of its first operand.
  const Node* view_producer(ValueId id) const;
  // Follows views up to a value that is none.
  ValueId view_source(ValueId id) const;
  bool is_computed(ValueId id) const { return graph_.value(id).producer.valid(); }
  ValueId& root(ValueId id) { return plan_.root[id.index]; }
  bool has_window(ValueId id) const { return plan_.windows[id.index].has_value(); }
  // The value whose bytes a value uses, all or some of them.
  ValueId owner(ValueId id) {
    const ValueId root_of = root(id);
    return has_window(root_of) ? plan_.windows[root_of.index]->in : root_of;
  }

  bool is_direct_output(ValueId id) const {
    return std::find(plan_.direct_outputs.begin(), plan_.direct_outputs.end(), id) !=
           plan_.direct_outputs.end();
  }

  void find_needed();
  void place_outputs();
  void place_views();
  void share_in_place();
  bool try_share(const Node& node, uint32_t step, ValueId output);

  const Graph& graph_;
  StoragePlan plan_;
  // By node id: whether it computes or tells something that is needed.
  std::vector<bool> is_needed_;
  // For each value id: whether it is, or shares, memory that the caller binds as an output.
  std::vector<bool> is_output_;
  // View nodes that have to copy.
  std::vector<bool> copies_;
  // Last step that uses the bytes of each owner.
  std::vector<uint32_t> last_use_;
};

const Node* StoragePlanner::view_producer(ValueId id) const {
  const Value& value = graph_.value(id);
  if (!value.producer.valid() || value.producer_output != 0) return nullptr;
  const Node& node = graph_.node(value.producer);
  return node.op->view ? &node : nullptr;
}

ValueId StoragePlanner::view_source(ValueId id) const {
  while (const Node* node = view_producer(id)) id = node->inputs[0];
  return id;
}

// What the device has to see: outputs, and backwards the operands it reads; and what tells the
// extents that all that stands on.
void StoragePlanner::find_needed() {
  plan_.on_device.assign(graph_.value_capacity(), false);
  is_needed_.assign(graph_.node_capacity(), false);
  NeededValues extents(graph_);
  for (const GraphOutput& output : graph_.outputs()) plan_.on_device[output.value.index] = true;
  for (const ValueId input : graph_.inputs()) plan_.on_device[input.index] = true;
  const auto order = graph_.order();
  for (auto id = order.rbegin(); id != order.rend(); ++id) {
    const Node& node = graph_.node(*id);
    const bool computes =
        std::any_of(node.outputs.begin(), node.outputs.end(),
                    [&](ValueId output) { return plan_.on_device[output.index]; });
    if (!computes && !extents.tells_extent(node)) continue;
    is_needed_[id->index] = true;
    extents.add_operands(*id);
    for (const ValueId output : node.outputs) {
      if (!computes && node.op->bodies == 0) continue;
      plan_.on_device[output.index] = true;
      extents.add(output);
    }
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i].valid() && !in_mask(node.op->host_inputs, i)) {
        plan_.on_device[node.inputs[i].index] = true;
      }
    }
  }
}

// An output is written in place where its value, or the source that it views, is computed for no
// other output; then the whole family of views lies in the caller's memory.
void StoragePlanner::place_outputs() {
  plan_.root.resize(graph_.value_capacity());
  for (uint32_t i = 0; i < plan_.root.size(); ++i) plan_.root[i] = ValueId{i};
  is_output_.assign(graph_.value_capacity(), false);
  copies_.assign(graph_.node_capacity(), false);
  for (const GraphOutput& output : graph_.outputs()) {
    const ValueId source = view_source(output.value);
    if (is_computed(source) && !is_output_[source.index]) {
      is_output_[source.index] = true;
      is_output_[output.value.index] = true;
      root(source) = output.value;
      plan_.direct_outputs.push_back(output.value);
    } else if (view_producer(output.value) != nullptr && !is_output_[output.value.index]) {
      copies_[graph_.value(output.value).producer.index] = true;
      is_output_[output.value.index] = true;
      plan_.direct_outputs.push_back(output.value);
    } else {
      plan_.direct_outputs.push_back(ValueId{});
    }
  }
}

void StoragePlanner::place_views() {
  for (const NodeId id : graph_.order()) {
    const Node& node = graph_.node(id);
    if (!is_needed_[id.index]) continue;
    const ValueId result = node.outputs[0];
    if (!node.op->view || copies_[id.index]) {
      plan_.steps.push_back(id);
      continue;
    }
    const ValueId source_root = root(node.inputs[0]);
    if (result == source_root) continue;
    // A direct output is its own root; where another output came between it and its source, it is
    // written by a copy.
    if (is_direct_output(result)) {
      plan_.steps.push_back(id);
    } else {
      root(result) = source_root;
    }
  }
}

void StoragePlanner::share_in_place() {
  last_use_.assign(graph_.value_capacity(), 0);
  for (uint32_t step = 0; step < plan_.steps.size(); ++step) {
    const Node& node = graph_.node(plan_.steps[step]);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i].valid() && !in_mask(node.op->host_inputs, i)) {
        last_use_[owner(node.inputs[i]).index] = step;
      }
    }
  }
  // Outputs that are copied at the end are read after the last step.
  for (size_t i = 0; i < plan_.direct_outputs.size(); ++i) {
    if (plan_.direct_outputs[i].valid()) continue;
    last_use_[owner(graph_.outputs()[i].value).index] = static_cast<uint32_t>(plan_.steps.size());
  }
  for (uint32_t step = 0; step < plan_.steps.size(); ++step) {
    const Node& node = graph_.node(plan_.steps[step]);
    const ValueId output = node.outputs[0];
    if (owner(output) == output && !is_output_[output.index]) try_share(node, step, output);
  }
}

bool StoragePlanner::try_share(const Node& node, uint32_t step, ValueId output) {
  const OperandMask in_place = in_place_operands(*node.op, node.attrs, node.inputs.size());
  // Such an operand may be read at other places than the one that is written.
  std::set<ValueId> read_elsewhere;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (!node.inputs[i].valid() || in_mask(node.op->host_inputs, i)) continue;
    const bool is_part = has_window(root(node.inputs[i]));
    if (!in_mask(in_place, i) || is_part) read_elsewhere.insert(owner(node.inputs[i]));
  }
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (!in_mask(in_place, i) || !node.inputs[i].valid()) continue;
    const ValueId operand_root = root(node.inputs[i]);
    if (has_window(operand_root) || read_elsewhere.contains(operand_root)) continue;
    const bool in_arena = is_computed(operand_root) && !is_output_[operand_root.index];
    const bool dies_here = last_use_[operand_root.index] == step;
    const bool same_size =
        byte_size(graph_.value(operand_root).info) == byte_size(graph_.value(output).info);
    const bool same_layout =
        graph_.value(operand_root).info.layout == graph_.value(output).info.layout;
    if (!in_arena || !dies_here || !same_size || !same_layout) continue;
    // Views and windows of the result follow it to its new root.
    for (ValueId& other : plan_.root) {
      if (other == output) other = operand_root;
    }
    for (std::optional<ValueWindow>& part : plan_.windows) {
      if (part && part->in == output) part->in = operand_root;
    }
    last_use_[operand_root.index] = last_use_[output.index];
    return true;
  }
  return false;
}

}  // namespace

StoragePlan plan_storage(const Graph& graph, TakesPitches takes_pitches) {
  return StoragePlanner(graph).run(takes_pitches);
}

}  // namespace tenon::internal
