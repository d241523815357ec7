#include "runtime/engine.h"

#include "base/errors.h"
#include "base/pages.h"
#include "base/text.h"
#include "base/try.h"
#include "plan/format.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace tenon::internal {
namespace {

Result<uint32_t> find_binding(const std::vector<PlanBinding>& bindings, std::string_view kind,
                              std::string_view name) {
  std::vector<std::string> names;
  for (uint32_t i = 0; i < bindings.size(); ++i) {
    if (bindings[i].name == name) return i;
    names.push_back(bindings[i].name);
  }
  return not_found("there is no {} '{}'; the engine's are: {}", kind, name, join(names, ", "));
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
  engine->kernels_ = TRY(make_kernels(plan, *engine->device_));
  if (engine->device_->host_accessible()) {
    populate_weights(plan, {static_cast<const std::byte*>(engine->weights_.data),
                            static_cast<size_t>(plan.weight_bytes())});
  }
  return std::shared_ptr<const Engine>(std::move(engine));
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
  report[MemoryKind::kCode].predicted = code_bytes();
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
