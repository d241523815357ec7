#include "builder/assemble.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "builder/storage.h"
#include "graph/verify.h"
#include "ops/control_flow.h"
#include "ops/extents.h"
#include "ops/list.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace tenon::internal {
namespace {

class Assembler {
 public:
  // What all bodies of a graph go into.
  struct Whole {
    AssembledPlan assembled;
    // By index of the weight.
    std::map<uint32_t, uint32_t> packed_values;
  };

  Assembler(const Graph& graph, const Device& device, Whole& result)
      : graph_(graph),
        device_(device),
        result_(result.assembled),
        packed_values_(result.packed_values),
        shared_(result) {}

  Status run(const std::vector<Profile>& profiles);
  // The graph as a body behind the steps so far: `captured` are the plan values of its last inputs.
  Result<PlanBody> run_body(std::span<const uint32_t> captured);

 private:
  struct Choice;
  Status assemble_steps();
  Status plan_graph();
  const Choice& choice(NodeId id);
  bool takes_pitches(NodeId id, std::span<const Dim> pitches);
  Status check_tactics();
  void find_read_unpacked();
  void add_bindings();
  void add_values();
  void add_value(ValueId id);
  Status add_steps();
  Status add_bodies(const Node& node);
  uint32_t whole_of(uint32_t value) const;
  Status add_copied_outputs();
  uint32_t add_tactic(const Tactic& tactic);
  uint32_t packed_value(ValueId id, const Tactic& tactic, const Problem& problem,
                        const Packing& packing);
  uint32_t host_value(ValueId id);
  void add_step(std::string name, const Node& node, const Problem& problem, const Tactic& tactic,
                std::vector<uint32_t> inputs, std::vector<uint32_t> outputs);

  const Graph& graph_;
  const Device& device_;
  StoragePlan storage_;
  AssembledPlan& result_;
  // What a node is computed with.
  struct Choice {
    Problem problem;
    Result<const Tactic*> tactic;
    std::vector<Packing> packings;
  };
  // Of the nodes that were asked for.
  std::map<NodeId, Choice> choices_;
  // For each value id: whether some step, or an output, reads it as it is.
  std::vector<bool> read_unpacked_;
  // Plan value of each graph value as the device sees it, and as the host does.
  std::vector<uint32_t> device_values_;
  // Of each output of the graph.
  std::vector<uint32_t> outputs_;
  std::map<ValueId, uint32_t> host_values_;
  std::map<uint32_t, uint32_t>& packed_values_;
  Whole& shared_;
};

const Assembler::Choice& Assembler::choice(NodeId id) {
  const auto found = choices_.find(id);
  if (found != choices_.end()) return found->second;
  Problem problem = problem_of(graph_, graph_.node(id));
  Result<const Tactic*> tactic = default_tactic(problem, device_);
  std::vector<Packing> packed = tactic.ok() ? packings(**tactic, problem) : std::vector<Packing>();
  return choices_.emplace(id, Choice{std::move(problem), std::move(tactic), std::move(packed)})
      .first->second;
}

bool Assembler::takes_pitches(NodeId id, std::span<const Dim> pitches) {
  const Choice& chosen = choice(id);
  return chosen.tactic.ok() && internal::takes_pitches(**chosen.tactic, chosen.problem, pitches);
}

Status Assembler::check_tactics() {
  std::vector<std::string> failures;
  std::string first_node;
  for (const NodeId id : storage_.steps) {
    if (has_stem(*graph_.node(id).op)) continue;
    const Result<const Tactic*>& tactic = choice(id).tactic;
    if (tactic.ok()) continue;
    if (failures.empty()) first_node = graph_.node(id).name;
    failures.push_back(fmt::format("{}: {}", describe(graph_, id), tactic.error().message()));
  }
  if (failures.empty()) return {};
  return Error(
      ErrorKind::kUnsupported,
      fmt::format("{} without a tactic on device {}:\n  {}", counted(failures.size(), "node"),
                  device_.info().name, join(failures, "\n  ")),
      first_node);
}

void Assembler::add_bindings() {
  Plan& plan = result_.plan;
  for (uint32_t i = 0; i < graph_.inputs().size(); ++i) {
    const ValueId id = graph_.inputs()[i];
    const Value& value = graph_.value(id);
    device_values_[id.index] = static_cast<uint32_t>(plan.values.size());
    plan.inputs.push_back({value.name, device_values_[id.index]});
    plan.values.push_back({value.name, value.info, Storage::kInput, i});
  }
  for (uint32_t i = 0; i < graph_.outputs().size(); ++i) {
    const GraphOutput& output = graph_.outputs()[i];
    const auto index = static_cast<uint32_t>(plan.values.size());
    plan.outputs.push_back({output.name, index});
    outputs_.push_back(index);
    plan.values.push_back({output.name, graph_.value(output.value).info, Storage::kOutput, i});
    const ValueId direct = storage_.direct_outputs[i];
    if (direct.valid()) device_values_[direct.index] = index;
  }
}

// Constants that every step takes packed are not in the plan as they are.
void Assembler::find_read_unpacked() {
  read_unpacked_.assign(graph_.value_capacity(), false);
  for (const GraphOutput& output : graph_.outputs()) {
    read_unpacked_[storage_.root[output.value.index].index] = true;
  }
  for (const NodeId id : storage_.steps) {
    const std::vector<ValueId>& inputs = graph_.node(id).inputs;
    OperandMask packed = 0;
    for (const Packing& packing : choice(id).packings) add_to_mask(packed, packing.operand);
    for (size_t operand = 0; operand < inputs.size(); ++operand) {
      if (!inputs[operand].valid() || in_mask(packed, operand)) continue;
      read_unpacked_[storage_.root[inputs[operand].index].index] = true;
    }
  }
}

// Roots first, then windows of them, then aliases of either, so that each can name what it lies in.
void Assembler::add_values() {
  const auto stage = [&](ValueId id) {
    if (storage_.root[id.index] != id) return 2;
    return storage_.windows[id.index] ? 1 : 0;
  };
  for (int now = 0; now <= 2; ++now) {
    for (uint32_t i = 0; i < graph_.value_capacity(); ++i) {
      if (!storage_.on_device[i] || device_values_[i] != kNoIndex) continue;
      if (stage(ValueId{i}) == now) add_value(ValueId{i});
    }
  }
}

void Assembler::add_value(ValueId id) {
  Plan& plan = result_.plan;
  const Value& value = graph_.value(id);
  if (value.constant && !read_unpacked_[id.index]) return;
  PlanValue entry{value.name, value.info, Storage::kArena, kNoIndex};
  if (const std::optional<ValueWindow>& window = storage_.windows[id.index]) {
    entry.storage = Storage::kAlias;
    entry.index = whole_of(device_values_[window->in.index]);
    entry.window = window->place;
    // What a body captures may be a window itself, of bytes that lie together.
    if (const std::optional<PlanWindow> around = plan.values[entry.index].window) {
      entry.index = plan.values[entry.index].index;
      entry.window->offset = entry.window->offset + around->offset;
    }
  } else if (storage_.root[id.index] != id) {
    entry.storage = Storage::kAlias;
    entry.index = whole_of(device_values_[storage_.root[id.index].index]);
  } else if (value.constant) {
    entry.storage = Storage::kWeight;
    entry.index = result_.weights.add(*value.constant);
    entry.info.elements.reset();
  }
  device_values_[id.index] = static_cast<uint32_t>(plan.values.size());
  plan.values.push_back(std::move(entry));
}

// The value itself, or the one that it is another view of.
uint32_t Assembler::whole_of(uint32_t value) const {
  const std::vector<PlanValue>& values = result_.plan.values;
  while (values[value].storage == Storage::kAlias && !values[value].window) {
    value = values[value].index;
  }
  return value;
}

uint32_t Assembler::host_value(ValueId id) {
  const auto [entry, is_new] =
      host_values_.try_emplace(id, static_cast<uint32_t>(result_.plan.values.size()));
  if (is_new) {
    const Value& value = graph_.value(id);
    result_.plan.values.push_back({value.name, value.info, Storage::kHost, kNoIndex});
  }
  return entry->second;
}

uint32_t Assembler::packed_value(ValueId id, const Tactic& tactic, const Problem& problem,
                                 const Packing& packing) {
  const Value& value = graph_.value(id);
  const uint32_t weight = result_.weights.add_packed(*value.constant, tactic, problem, packing);
  std::vector<PlanValue>& values = result_.plan.values;
  const auto [entry, is_new] =
      packed_values_.try_emplace(weight, static_cast<uint32_t>(values.size()));
  if (is_new) {
    PlanValue packed{value.name, value.info, Storage::kWeight, weight};
    packed.info.elements.reset();
    packed.info.layout = Layout::kPacked;
    values.push_back(std::move(packed));
  }
  return entry->second;
}

uint32_t Assembler::add_tactic(const Tactic& tactic) {
  std::vector<PlanTactic>& tactics = result_.plan.tactics;
  for (uint32_t i = 0; i < tactics.size(); ++i) {
    if (tactics[i].source == tactic.source && tactics[i].name == tactic.name) return i;
  }
  tactics.push_back({std::string(tactic.source), std::string(tactic.name), tactic.version});
  return static_cast<uint32_t>(tactics.size() - 1);
}

void Assembler::add_step(std::string name, const Node& node, const Problem& problem,
                         const Tactic& tactic, std::vector<uint32_t> inputs,
                         std::vector<uint32_t> outputs) {
  if (has_stem(*node.op)) {
    result_.plan.steps.push_back({.name = std::move(name),
                                  .op = std::string(node.op->name),
                                  .attributes = node.attrs.to_map(),
                                  .tactic = kNoIndex,
                                  .inputs = std::move(inputs),
                                  .outputs = std::move(outputs),
                                  .workspace = 0});
    return;
  }
  result_.plan.steps.push_back({.name = std::move(name),
                                .op = std::string(node.op->name),
                                .attributes = node.attrs.to_map(),
                                .tactic = add_tactic(tactic),
                                .inputs = std::move(inputs),
                                .outputs = std::move(outputs),
                                .workspace = tactic.workspace(problem)});
}

Status Assembler::add_steps() {
  for (const NodeId step : storage_.steps) {
    const Node& node = graph_.node(step);
    const Choice& chosen = choice(step);
    std::vector<uint32_t> inputs;
    for (size_t operand = 0; operand < node.inputs.size(); ++operand) {
      const ValueId id = node.inputs[operand];
      if (!id.valid()) {
        inputs.push_back(kNoIndex);
      } else if (in_mask(node.op->host_inputs, operand)) {
        inputs.push_back(host_value(id));
      } else {
        inputs.push_back(device_values_[id.index]);
      }
    }
    for (const Packing& packing : chosen.packings) {
      inputs[packing.operand] =
          packed_value(node.inputs[packing.operand], **chosen.tactic, chosen.problem, packing);
    }
    // Bodies name what they capture themselves.
    if (node.op->bodies > 0) inputs.resize(first_capture(*node.op, node.attrs));
    std::vector<uint32_t> outputs;
    for (const ValueId id : node.outputs) outputs.push_back(device_values_[id.index]);
    // Unnamed nodes are known by what they compute.
    const std::string& name = node.name.empty() ? graph_.value(node.outputs[0]).name : node.name;
    add_step(name, node, chosen.problem, **chosen.tactic, std::move(inputs), std::move(outputs));
    TRY_STATUS(add_bodies(node));
  }
  return {};
}

Status Assembler::add_bodies(const Node& node) {
  if (node.bodies.empty()) return {};
  const size_t owner = result_.plan.steps.size() - 1;
  std::vector<uint32_t> captured;
  for (size_t i = first_capture(*node.op, node.attrs); i < node.inputs.size(); ++i) {
    captured.push_back(device_values_[node.inputs[i].index]);
  }
  for (const auto& body : node.bodies) {
    PlanBody made = TRY(Assembler(*body, device_, shared_).run_body(captured));
    result_.plan.steps[owner].bodies.push_back(std::move(made));
  }
  return {};
}

// Outputs that nothing computes in place are copied by an Identity at the end.
Status Assembler::add_copied_outputs() {
  for (size_t i = 0; i < storage_.direct_outputs.size(); ++i) {
    if (storage_.direct_outputs[i].valid()) continue;
    const GraphOutput& output = graph_.outputs()[i];
    ValueInfo info = graph_.value(output.value).info;
    info.elements.reset();
    Node copy;
    copy.op = find_op("Identity");
    Problem problem{.op = copy.op, .attrs = copy.attrs, .inputs = {info}, .outputs = {info}};
    const Tactic* tactic = TRY(default_tactic(problem, device_));
    add_step(output.name, copy, problem, *tactic, {device_values_[output.value.index]},
             {outputs_[i]});
  }
  return {};
}

Status Assembler::plan_graph() {
  storage_ = plan_storage(graph_, [this](NodeId id, std::span<const Dim> pitches) {
    return takes_pitches(id, pitches);
  });
  TRY_STATUS(check_host_operands(graph_, storage_.steps));
  TRY_STATUS(check_tactics());
  find_read_unpacked();
  device_values_.assign(graph_.value_capacity(), kNoIndex);
  return {};
}

Status Assembler::assemble_steps() {
  add_values();
  TRY_STATUS(add_steps());
  return add_copied_outputs();
}

Status Assembler::run(const std::vector<Profile>& profiles) {
  TRY_STATUS(plan_graph());
  result_.plan.device_kind = device_.info().kind;
  result_.plan.network_name = graph_.name();
  result_.plan.profiles = profiles;
  add_bindings();
  TRY_STATUS(assemble_steps());
  result_.plan.weights = result_.weights.ranges();
  return {};
}

Result<PlanBody> Assembler::run_body(std::span<const uint32_t> captured) {
  TRY_STATUS(plan_graph());
  PlanBody body;
  std::vector<PlanValue>& values = result_.plan.values;
  const auto add = [&](const std::string& name, ValueInfo info) {
    // Extents of inputs may be known, elements are not.
    info.elements.reset();
    values.push_back({name, std::move(info), Storage::kArena, kNoIndex});
    return static_cast<uint32_t>(values.size() - 1);
  };
  const size_t own = graph_.inputs().size() - captured.size();
  for (size_t i = 0; i < graph_.inputs().size(); ++i) {
    const ValueId id = graph_.inputs()[i];
    if (i < own) body.inputs.push_back(add(graph_.value(id).name, graph_.value(id).info));
    device_values_[id.index] = i < own ? body.inputs.back() : captured[i - own];
  }
  for (size_t i = 0; i < graph_.outputs().size(); ++i) {
    const GraphOutput& output = graph_.outputs()[i];
    body.outputs.push_back(add(output.name, graph_.value(output.value).info));
    const ValueId direct = storage_.direct_outputs[i];
    if (direct.valid()) device_values_[direct.index] = body.outputs.back();
  }
  outputs_ = body.outputs;
  TRY_STATUS(assemble_steps());
  body.end = static_cast<uint32_t>(result_.plan.steps.size());
  return body;
}

}  // namespace

Problem problem_of(const Graph& graph, const Node& node) {
  Problem problem;
  problem.op = node.op;
  problem.attrs = node.attrs;
  for (const ValueId id : node.inputs) {
    const bool constant = id.valid() && graph.value(id).constant.has_value();
    if (constant) add_to_mask(problem.constants, problem.inputs.size());
    problem.inputs.push_back(id.valid() ? graph.value(id).info : ValueInfo{});
  }
  for (const ValueId id : node.outputs) problem.outputs.push_back(graph.value(id).info);
  return problem;
}

Result<AssembledPlan> assemble(const Graph& graph, const Device& device,
                               const std::vector<Profile>& profiles) {
  Assembler::Whole result;
  TRY_STATUS(Assembler(graph, device, result).run(profiles));
  return std::move(result.assembled);
}

}  // namespace tenon::internal
