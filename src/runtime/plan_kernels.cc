#include "runtime/plan_kernels.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/list.h"
#include "ops/operand_checks.h"

#include <algorithm>
#include <iterator>
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

}  // namespace

Result<PlanKernels> make_kernels(const Plan& plan, Device& device) {
  TRY_STATUS(check_tactics(plan, device));
  PlanKernels made;
  std::vector<CodePiece> code;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const PlanStep& step = plan.steps[i];
    const OpDef& op = *find_op(step.op);
    const std::string context = "at step '" + step.name + "' (" + step.op + ")";
    Result<Attrs> attrs = Attrs::from_map(*op.attrs, step.attributes);
    if (!attrs.ok()) {
      return version_mismatch("{}: this library's op takes other attributes: {}", context,
                              attrs.error().message());
    }
    if (step.on_host()) {
      made.host_attrs.emplace(i, *attrs);
      made.of_step.push_back(nullptr);
      // What ops with bodies take and give is checked with the ranges of their steps.
      if (op.bodies > 0) continue;
    }
    const Problem problem = problem_of(plan, step, op, std::move(attrs).value());
    const Status sound = check_problem(problem);
    if (!sound.ok()) return corrupt("{}: {}", context, sound.error().message());
    if (step.on_host()) continue;
    const PlanTactic& named = plan.tactics[step.tactic];
    const Tactic& tactic = *find_tactic(device, named.source, named.name);
    const DeviceInfo& info = device.info();
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
    TRY_STATUS(check_packings(plan, step, packings(tactic, problem)));
    if (!takes_pitches(tactic, problem, pitches_of(plan, step))) {
      return corrupt("tactic {} cannot reach an operand of step '{}' in its window", named.name,
                     step.name);
    }
    made.of_step.push_back(TRY_CONTEXT(tactic.make(problem, device), context));
    std::ranges::move(made.of_step.back()->code(), std::back_inserter(code));
  }
  made.code_bytes = code_bytes(code);
  return made;
}

}  // namespace tenon::internal
