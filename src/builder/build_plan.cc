#include "builder/build_plan.h"

#include "base/clock.h"
#include "base/errors.h"
#include "base/try.h"
#include "builder/assemble.h"
#include "builder/check_profiles.h"
#include "builder/choose_layouts.h"
#include "builder/split_regions.h"
#include "passes/pass.h"
#include "plan/verify_plan.h"
#include "runtime/plan_kernels.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tenon::internal {
namespace {

// Times phases and reports them.
class Phases {
 public:
  Phases(const BuildSettings& settings, BuildOutcome& outcome, size_t total)
      : settings_(settings), outcome_(outcome), total_(total) {}

  // Ends the phase before and begins `name`. Errors: Cancelled.
  Status begin(std::string_view name) {
    end();
    if (settings_.stop.stop_requested()) return cancelled("the build was stopped");
    if (settings_.progress) settings_.progress(name, done_, total_);
    outcome_.phases.emplace_back(name, 0);
    watch_.restart();
    return {};
  }

  void end() {
    if (outcome_.phases.size() == done_) return;
    outcome_.phases.back().second = watch_.elapsed_s();
    ++done_;
  }

  void finish() {
    end();
    if (settings_.progress) settings_.progress("done", total_, total_);
  }

 private:
  const BuildSettings& settings_;
  BuildOutcome& outcome_;
  size_t total_;
  size_t done_ = 0;
  Stopwatch watch_;
};

// Whether every dim of the inputs follows from their shapes.
Status check_inputs(const Graph& graph) {
  std::set<std::string_view> symbols;
  for (const ValueId id : graph.inputs()) {
    for (const Dim& dim : graph.value(id).info.shape) symbols.insert(dim.as_symbol());
  }
  for (const ValueId id : graph.inputs()) {
    const Value& input = graph.value(id);
    for (const Dim& dim : input.info.shape) {
      std::set<std::string> used;
      dim.collect_symbols(used);
      for (const std::string& symbol : used) {
        if (symbols.contains(symbol)) continue;
        return invalid_argument(
            "input '{}' has the dim {}, and no input has the dim {} alone, from which it would "
            "follow",
            input.name, dim.to_string(), symbol);
      }
    }
  }
  return {};
}

std::vector<std::string> guessed_inputs(const Graph& graph, const std::vector<Profile>& profiles) {
  std::vector<std::string> guessed;
  for (const ValueId id : graph.inputs()) {
    const Value& value = graph.value(id);
    const bool open = std::any_of(value.info.shape.begin(), value.info.shape.end(),
                                  [](const Dim& dim) { return !dim.is_constant(); });
    if (!open) continue;
    const bool given = !profiles.empty() && profiles[0].inputs.contains(value.name) &&
                       !profiles[0].inputs.at(value.name).opt.empty();
    if (!given) guessed.push_back(value.name);
  }
  return guessed;
}

}  // namespace

Result<BuildOutcome> build_plan(Graph graph, Device& device, const BuildSettings& settings,
                                ByteSink sink) {
  BuildOutcome outcome;
  outcome.nodes_imported = graph.order().size();
  Phases phases(settings, outcome, 4);
  TRY_STATUS(check_inputs(graph));
  TRY_STATUS(check_profiles(graph, settings.profiles));
  outcome.guessed_inputs = guessed_inputs(graph, settings.profiles);

  TRY_STATUS(phases.begin("optimize"));
  const PipelineOptions pipeline{.disabled = settings.disabled_passes,
                                 .observer = settings.pass_observer,
                                 .stop = settings.stop};
  // Without a pass its promises do not hold.
  const auto promised = [&](GraphLevel level) {
    return settings.disabled_passes.empty() ? level : GraphLevel::kImported;
  };
  TRY_STATUS(run_passes(graph, canonical_passes(), promised(GraphLevel::kCanonical), pipeline));
  TRY_STATUS(check_shapes_possible(graph, settings.profiles));

  TRY_STATUS(phases.begin("fuse"));
  TRY_STATUS(run_passes(graph, fuse_passes(), promised(GraphLevel::kFused), pipeline));

  TRY_STATUS(phases.begin("assign"));
  TRY_STATUS(split_regions(graph, device));
  graph = TRY(choose_layouts(graph, device));
  AssembledPlan assembled = TRY(assemble(graph, device, settings.profiles));
  assembled.plan.imported_nodes = static_cast<uint32_t>(outcome.nodes_imported);
  TRY_STATUS(verify(assembled.plan, assembled.plan.weight_bytes()));
  TRY_STATUS(check_optimum(assembled.plan));
  // A load on this device makes the same.
  assembled.plan.code_bytes = TRY(make_kernels(assembled.plan, device)).code_bytes;
  outcome.nodes_planned = assembled.plan.steps.size();
  for (const PlanStep& step : assembled.plan.steps) {
    outcome.layers.push_back(layer_info(assembled.plan, step));
  }

  TRY_STATUS(phases.begin("write"));
  const uint64_t bytes = TRY(write_plan(
      assembled.plan, [&](size_t index) { return assembled.weights.read(index); }, sink));
  outcome.plan_bytes = static_cast<int64_t>(bytes);
  phases.finish();
  return outcome;
}

}  // namespace tenon::internal
