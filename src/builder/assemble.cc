#include "builder/assemble.h"

#include "base/checked_math.h"
#include "base/errors.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/try.h"
#include "builder/storage.h"
#include "ops/list.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace tenon::internal {
namespace {

class Assembler {
 public:
  Assembler(const Graph& graph, const Device& device)
      : graph_(graph), device_(device), storage_(plan_storage(graph)) {}

  Result<AssembledPlan> run(const std::vector<Profile>& profiles);

 private:
  // Every host operand of the steps must be known from the shapes.
  Status check_host_operands() const;
  Status choose_tactics();
  void add_bindings();
  void add_values();
  void add_steps();
  Status add_copied_outputs();
  uint32_t add_tactic(const Tactic& tactic);
  uint32_t add_weight(const HostTensor& tensor);
  uint32_t host_value(ValueId id);
  void add_step(std::string name, const Node& node, const Problem& problem, const Tactic& tactic,
                std::vector<uint32_t> inputs, std::vector<uint32_t> outputs);

  const Graph& graph_;
  const Device& device_;
  StoragePlan storage_;
  AssembledPlan result_;
  // One for each step of the storage plan.
  std::vector<const Tactic*> tactics_;
  // Plan value of each graph value as the device sees it, and as the host does.
  std::vector<uint32_t> device_values_;
  std::map<ValueId, uint32_t> host_values_;
  std::map<Hash128, std::vector<uint32_t>> weights_by_hash_;
};

Status Assembler::check_host_operands() const {
  std::vector<std::string> unknown;
  for (const NodeId id : storage_.steps) {
    const Node& node = graph_.node(id);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (!node.inputs[i].valid() || !is_host_operand(*node.op, i)) continue;
      const Value& value = graph_.value(node.inputs[i]);
      if (!value.info.elements) {
        unknown.push_back(fmt::format("{}: operand '{}' decides shapes and is computed from data",
                                      describe(graph_, id), value.name));
      }
    }
  }
  if (unknown.empty()) return {};
  return unsupported("{} nodes cannot be planned:\n  {}", unknown.size(), join(unknown, "\n  "));
}

Status Assembler::choose_tactics() {
  std::vector<std::string> failures;
  std::string first_node;
  for (const NodeId id : storage_.steps) {
    const Node& node = graph_.node(id);
    const Result<const Tactic*> tactic = default_tactic(problem_of(graph_, node), device_);
    if (tactic.ok()) {
      tactics_.push_back(*tactic);
      continue;
    }
    if (failures.empty()) first_node = node.name;
    failures.push_back(fmt::format("{}: {}", describe(graph_, id), tactic.error().message()));
  }
  if (failures.empty()) return {};
  return Error(ErrorKind::kUnsupported,
               fmt::format("{} nodes have no tactic on device {}:\n  {}", failures.size(),
                           device_.info().name, join(failures, "\n  ")),
               first_node);
}

void Assembler::add_bindings() {
  Plan& plan = result_.plan;
  device_values_.assign(graph_.value_capacity(), kNoIndex);
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
    plan.values.push_back({output.name, graph_.value(output.value).info, Storage::kOutput, i});
    const ValueId direct = storage_.direct_outputs[i];
    if (direct.valid()) device_values_[direct.index] = index;
  }
}

uint32_t Assembler::add_weight(const HostTensor& tensor) {
  Plan& plan = result_.plan;
  std::vector<uint32_t>& same_hash = weights_by_hash_[hash128(tensor.bytes())];
  for (const uint32_t index : same_hash) {
    if (std::ranges::equal(result_.weights[index], tensor.bytes())) return index;
  }
  const auto index = static_cast<uint32_t>(plan.weights.size());
  // Sizes of mapped constants: their sum cannot overflow.
  const int64_t offset = align_up(plan.weight_bytes(), kWeightAlignment).value();
  plan.weights.push_back({offset, static_cast<int64_t>(tensor.bytes().size())});
  result_.weights.push_back(tensor.bytes());
  same_hash.push_back(index);
  return index;
}

// Roots first, so that aliases can name them.
void Assembler::add_values() {
  Plan& plan = result_.plan;
  for (const bool roots : {true, false}) {
    for (uint32_t i = 0; i < graph_.value_capacity(); ++i) {
      const ValueId id{i};
      if (!storage_.on_device[i] || device_values_[i] != kNoIndex) continue;
      if ((storage_.root[i] == id) != roots) continue;
      const Value& value = graph_.value(id);
      PlanValue entry{value.name, value.info, Storage::kArena, kNoIndex};
      if (!roots) {
        entry.storage = Storage::kAlias;
        entry.index = device_values_[storage_.root[i].index];
      } else if (value.constant) {
        entry.storage = Storage::kWeight;
        entry.index = add_weight(*value.constant);
        entry.info.elements.reset();
      }
      device_values_[i] = static_cast<uint32_t>(plan.values.size());
      plan.values.push_back(std::move(entry));
    }
  }
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
  result_.plan.steps.push_back({.name = std::move(name),
                                .op = std::string(node.op->name),
                                .attributes = node.attrs.to_map(),
                                .tactic = add_tactic(tactic),
                                .inputs = std::move(inputs),
                                .outputs = std::move(outputs),
                                .workspace = tactic.workspace(problem)});
}

void Assembler::add_steps() {
  for (size_t i = 0; i < storage_.steps.size(); ++i) {
    const Node& node = graph_.node(storage_.steps[i]);
    std::vector<uint32_t> inputs;
    for (size_t operand = 0; operand < node.inputs.size(); ++operand) {
      const ValueId id = node.inputs[operand];
      if (!id.valid()) {
        inputs.push_back(kNoIndex);
      } else if (is_host_operand(*node.op, operand)) {
        inputs.push_back(host_value(id));
      } else {
        inputs.push_back(device_values_[id.index]);
      }
    }
    std::vector<uint32_t> outputs;
    for (const ValueId id : node.outputs) outputs.push_back(device_values_[id.index]);
    // Unnamed nodes are known by what they compute.
    const std::string& name = node.name.empty() ? graph_.value(node.outputs[0]).name : node.name;
    add_step(name, node, problem_of(graph_, node), *tactics_[i], std::move(inputs),
             std::move(outputs));
  }
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
             {result_.plan.outputs[i].value});
  }
  return {};
}

Result<AssembledPlan> Assembler::run(const std::vector<Profile>& profiles) {
  TRY_STATUS(check_host_operands());
  TRY_STATUS(choose_tactics());
  result_.plan.device_kind = device_.info().kind;
  result_.plan.network_name = graph_.name();
  result_.plan.profiles = profiles;
  add_bindings();
  add_values();
  add_steps();
  TRY_STATUS(add_copied_outputs());
  return std::move(result_);
}

}  // namespace

Problem problem_of(const Graph& graph, const Node& node) {
  Problem problem{.op = node.op, .attrs = node.attrs, .inputs = {}, .outputs = {}};
  for (const ValueId id : node.inputs) {
    problem.inputs.push_back(id.valid() ? graph.value(id).info : ValueInfo{});
  }
  for (const ValueId id : node.outputs) problem.outputs.push_back(graph.value(id).info);
  return problem;
}

bool is_host_operand(const OpDef& op, size_t index) {
  return index < 32 && ((op.host_inputs >> index) & 1U) != 0;
}

Result<AssembledPlan> assemble(const Graph& graph, const Device& device,
                               const std::vector<Profile>& profiles) {
  return Assembler(graph, device).run(profiles);
}

}  // namespace tenon::internal
