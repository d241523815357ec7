#include "runtime/engine.h"

#include "base/errors.h"
#include "base/pages.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/list.h"
#include "ops/operand_checks.h"
#include "plan/format.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace tenon::internal {
namespace {

// The problem of a step as it was before constants were packed.
Problem problem_of(const Plan& plan, const PlanStep& step, const OpDef& op, Attrs attrs) {
  Problem problem;
  problem.op = &op;
  problem.attrs = std::move(attrs);
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    const uint32_t value = step.inputs[i];
    ValueInfo& input = problem.inputs.emplace_back();
    if (value == kNoIndex) continue;
    input = plan.values[value].info;
    if (input.layout == Layout::kPacked) input.layout = Layout::kPlain;
    if (plan.values[value].storage == Storage::kWeight) add_to_mask(problem.constants, i);
  }
  // The host leaves out results that nobody reads.
  for (const uint32_t value : step.outputs) {
    problem.outputs.push_back(value == kNoIndex ? ValueInfo{} : plan.values[value].info);
  }
  return problem;
}

// Tactics rely on what inference checks: a plan may state anything.
Status check_problem(const Problem& problem) {
  const std::vector<ValueInfo> inferred =
      TRY(infer_outputs(*problem.op, problem.attrs, problem.inputs));
  for (size_t i = 0; i < problem.outputs.size(); ++i) {
    const ValueInfo& stated = problem.outputs[i];
    if (!stated.present()) continue;
    bool agrees =
        stated.type == inferred[i].type && stated.shape.size() == inferred[i].shape.size();
    for (size_t axis = 0; agrees && axis < stated.shape.size(); ++axis) {
      agrees = !certainly_differ(stated.shape[axis], inferred[i].shape[axis]);
    }
    if (!agrees) {
      return invalid_argument("output {} is {}, the plan states {}", i, to_string(inferred[i]),
                              to_string(stated));
    }
  }
  return {};
}

// Whether exactly the operands that the tactic wants packed are, and have the right size.
Status check_packings(const Plan& plan, const PlanStep& step, const std::vector<Packing>& wanted) {
  std::vector<std::optional<int64_t>> bytes(step.inputs.size());
  for (const Packing& packing : wanted) bytes[packing.operand] = packing.bytes;
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    const PlanValue* value = step.inputs[i] == kNoIndex ? nullptr : &plan.values[step.inputs[i]];
    std::optional<int64_t> packed;
    if (value != nullptr && value->info.layout == Layout::kPacked) {
      packed = plan.weights[value->index].bytes;
    }
    if (packed != bytes[i]) {
      return corrupt("operand {} of step '{}' is not packed as its tactic wants it", i, step.name);
    }
  }
  return {};
}

// Of inputs, then outputs.
std::vector<Dim> pitches_of(const Plan& plan, const PlanStep& step) {
  std::vector<Dim> pitches;
  const auto add = [&](uint32_t value) {
    const PlanWindow* window = value == kNoIndex ? nullptr : window_of(plan, value);
    pitches.push_back(window == nullptr ? Dim(0) : window->pitch);
  };
  std::ranges::for_each(step.inputs, add);
  std::ranges::for_each(step.outputs, add);
  return pitches;
}

Result<uint32_t> find_binding(const std::vector<PlanBinding>& bindings, std::string_view kind,
                              std::string_view name) {
  std::vector<std::string> names;
  for (uint32_t i = 0; i < bindings.size(); ++i) {
    if (bindings[i].name == name) return i;
    names.push_back(bindings[i].name);
  }
  return not_found("there is no {} '{}'; the engine's are: {}", kind, name, join(names, ", "));
}

// All tactics of the plan that the device does not have, in words.
Status check_tactics(const Plan& plan, const Device& device) {
  std::vector<std::string> missing;
  for (const PlanTactic& tactic : plan.tactics) {
    const Tactic* found = find_tactic(device, tactic.source, tactic.name);
    if (found != nullptr && found->version == tactic.version) continue;
    missing.push_back(fmt::format(
        "{}:{} version {}{}", tactic.source, tactic.name, tactic.version,
        found == nullptr ? std::string() : fmt::format(" (here: version {})", found->version)));
  }
  if (missing.empty()) return {};
  return version_mismatch(
      "this library lacks tactics that the plan needs: {}; build the plan again",
      join(missing, ", "));
}

// Of the operand a run may need only a few rows.
bool reads_sparsely(const PlanStep& step, size_t operand) {
  return operand == 0 && step.op.starts_with("Gather");
}

// Brings in what runs read, so that the first one does not wait for it page by page.
void populate_weights(const Plan& plan, std::span<const std::byte> weights) {
  std::vector<bool> read(plan.weights.size(), false);
  for (const PlanStep& step : plan.steps) {
    for (size_t i = 0; i < step.inputs.size(); ++i) {
      if (step.inputs[i] == kNoIndex || reads_sparsely(step, i)) continue;
      const PlanValue& value = plan.values[storage_root(plan, step.inputs[i])];
      if (value.storage == Storage::kWeight) read[value.index] = true;
    }
  }
  // Neighbours in one call.
  size_t begin = 0;
  size_t end = 0;
  for (size_t i = 0; i < plan.weights.size(); ++i) {
    if (!read[i]) continue;
    const auto first = static_cast<size_t>(plan.weights[i].offset);
    if (first < end || first - end >= static_cast<size_t>(kWeightAlignment)) {
      populate_for_reading(weights.subspan(begin, end - begin));
      begin = first;
    }
    end = first + static_cast<size_t>(plan.weights[i].bytes);
  }
  populate_for_reading(weights.subspan(begin, end - begin));
}

}  // namespace

Result<std::shared_ptr<const Engine>> Engine::load(std::span<const std::byte> bytes,
                                                   std::shared_ptr<const void> owner,
                                                   std::shared_ptr<Device> device,
                                                   bool verify_weight_sums) {
  PlanBytes read = TRY(read_plan(bytes));
  if (read.plan.device_kind != device->info().kind) {
    return unsupported("the plan is for a {} device, and {} is a {} device: build it for that one",
                       read.plan.device_kind, device->info().name, device->info().kind);
  }
  if (verify_weight_sums) TRY_STATUS(verify_weights(read));
  TRY_STATUS(check_tactics(read.plan, *device));

  std::shared_ptr<Engine> engine(new Engine);
  engine->plan_ = std::move(read.plan);
  engine->device_ = std::move(device);
  const Plan& plan = engine->plan_;
  // The region may be padded; what is beyond the last weight is nobody's.
  engine->weights_ = TRY(engine->device_->adopt_weights(
      read.weights.first(static_cast<size_t>(plan.weight_bytes())), std::move(owner)));
  engine->info_ = describe(plan);
  engine->epochs_ = plan_epochs(plan);
  for (uint32_t epoch = 0; epoch < engine->epochs_.count(); ++epoch) {
    engine->arenas_.push_back(arena_plan(plan, engine->epochs_, epoch));
  }
  TRY_STATUS(engine->make_kernels());
  if (engine->device_->host_accessible()) {
    populate_weights(plan, {static_cast<const std::byte*>(engine->weights_.data),
                            static_cast<size_t>(plan.weight_bytes())});
  }
  return std::shared_ptr<const Engine>(std::move(engine));
}

Status Engine::make_kernels() {
  for (size_t i = 0; i < plan_.steps.size(); ++i) {
    const PlanStep& step = plan_.steps[i];
    const OpDef& op = *find_op(step.op);
    const std::string context = "at step '" + step.name + "' (" + step.op + ")";
    Result<Attrs> attrs = Attrs::from_map(*op.attrs, step.attributes);
    if (!attrs.ok()) {
      return version_mismatch("{}: this library's op takes other attributes: {}", context,
                              attrs.error().message());
    }
    if (step.on_host()) {
      host_attrs_.emplace(i, *attrs);
      kernels_.push_back(nullptr);
      // What ops with bodies take and give is checked with the ranges of their steps.
      if (op.bodies > 0) continue;
    }
    const Problem problem = problem_of(plan_, step, op, std::move(attrs).value());
    const Status sound = check_problem(problem);
    if (!sound.ok()) return corrupt("{}: {}", context, sound.error().message());
    if (step.on_host()) continue;
    const PlanTactic& named = plan_.tactics[step.tactic];
    const Tactic& tactic = *find_tactic(*device_, named.source, named.name);
    const DeviceInfo& info = device_->info();
    const std::string reason = tactic.rejects(problem, info);
    if (reason.starts_with(kNeedsIsa)) {
      return unsupported(
          "tactic {} cannot compute step '{}' on this device: {}, and there is {}; the plan was "
          "built for another machine: build it for {}:isa={}",
          named.name, step.name, reason, info.isa, info.kind, info.isa);
    }
    if (!reason.empty()) {
      return corrupt("tactic {} cannot compute step '{}': {}", named.name, step.name, reason);
    }
    if (!(tactic.workspace(problem) == step.workspace)) {
      return corrupt("step '{}' has a workspace of {} bytes, its tactic needs {}", step.name,
                     step.workspace.to_string(), tactic.workspace(problem).to_string());
    }
    TRY_STATUS(check_packings(plan_, step, packings(tactic, problem)));
    if (!takes_pitches(tactic, problem, pitches_of(plan_, step))) {
      return corrupt("tactic {} cannot reach an operand of step '{}' in its window", named.name,
                     step.name);
    }
    kernels_.push_back(TRY_CONTEXT(tactic.make(problem, *device_), context));
  }
  return {};
}

const void* Engine::weight(uint32_t index) const {
  return static_cast<const std::byte*>(weights_.data) + plan_.weights[index].offset;
}

Result<uint32_t> Engine::find_input(std::string_view name) const {
  return find_binding(plan_.inputs, "input", name);
}

Result<uint32_t> Engine::find_output(std::string_view name) const {
  return find_binding(plan_.outputs, "output", name);
}

Result<std::vector<Shape>> Engine::complete_shapes(const InputShapes& shapes) const {
  for (const auto& [name, shape] : shapes) TRY(find_input(name));
  std::vector<Shape> complete;
  for (const PlanBinding& input : plan_.inputs) {
    const auto given = shapes.find(input.name);
    if (given != shapes.end()) {
      complete.push_back(given->second);
      continue;
    }
    const ValueInfo& info = plan_.values[input.value].info;
    Result<Shape> fixed = evaluate(info.shape, {});
    if (!fixed.ok()) {
      return invalid_argument("the shape of input '{}' ({}) is not set", input.name,
                              to_string(info));
    }
    complete.push_back(std::move(fixed).value());
  }
  return complete;
}

std::vector<std::string> Engine::unbounded_values() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < plan_.values.size(); ++i) {
    if (plan_.values[i].storage != Storage::kArena || epochs_.of_value[i] == 0) continue;
    names.push_back(plan_.values[i].name);
  }
  return names;
}

MemoryReport Engine::report(const ArenaMemory& arena) const {
  MemoryReport report;
  report[MemoryKind::kWeights].predicted = weight_bytes();
  report[MemoryKind::kActivations].predicted = arena.activation_bytes;
  report[MemoryKind::kWorkspace].predicted = arena.workspace_bytes;
  return report;
}

Result<MemoryReport> Engine::memory(const InputShapes& shapes) const {
  const std::vector<Shape> complete = TRY(complete_shapes(shapes));
  const SymbolBindings symbols = TRY(bind_inputs(plan_, complete));
  if (const std::optional<ArenaMemory> fixed = TRY(fixed_arena())) return report(*fixed);
  return report(TRY(arena_memory(arenas_[0], symbols)));
}

Result<MemoryReport> Engine::memory(const Profile& profile) const {
  const SymbolRanges ranges = TRY(profile_ranges(plan_, profile));
  if (const std::optional<ArenaMemory> fixed = TRY(fixed_arena())) return report(*fixed);
  return report(TRY(arena_memory(arenas_[0], ranges)));
}

Result<std::optional<ArenaMemory>> Engine::fixed_arena() const {
  const Profile profile = plan_.profiles.empty() ? Profile() : plan_.profiles.front();
  Result<ArenaMemory> bounded = arena_memory(arenas_[0], TRY(profile_ranges(plan_, profile)));
  if (bounded.ok()) return std::optional<ArenaMemory>(std::move(bounded).value());
  if (bounded.error().kind() == ErrorKind::kUnsupported) return std::optional<ArenaMemory>();
  return std::move(bounded).error();
}

}  // namespace tenon::internal
