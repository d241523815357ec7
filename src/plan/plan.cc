#include "plan/plan.h"

#include "ops/list.h"
#include "ops/pointwise.h"
#include "ops/region.h"

#include <string_view>

namespace tenon::internal {
namespace {

constexpr std::string_view kPointwise = "Pointwise";

}  // namespace

int64_t Plan::weight_bytes() const {
  return weights.empty() ? 0 : weights.back().offset + weights.back().bytes;
}

uint32_t storage_root(const Plan& plan, uint32_t value) {
  while (plan.values[value].storage == Storage::kAlias) value = plan.values[value].index;
  return value;
}

const PlanWindow* window_of(const Plan& plan, uint32_t value) {
  const PlanValue* entry = &plan.values[value];
  while (entry->storage == Storage::kAlias && !entry->window) entry = &plan.values[entry->index];
  return entry->window ? &*entry->window : nullptr;
}

LayerInfo layer_info(const Plan& plan, const PlanStep& step) {
  static const PlanTactic host = {.source = "own", .name = "host", .version = 1};
  const PlanTactic& tactic = step.on_host() ? host : plan.tactics[step.tactic];
  LayerInfo layer{step.name, step.op, tactic.source, tactic.name, step.op};
  const OpDef* op = find_op(step.op);
  if (step.op == kRegionName) {
    // Attributes that do not parse are found when the kernel is made.
    const Result<Attrs> attrs = Attrs::from_map(attr_table<RegionAttrs>, step.attributes);
    if (!attrs.ok()) return layer;
    layer.op = describe(attrs->as<RegionAttrs>());
    const OpDef* anchor = attrs->as<RegionAttrs>().anchor.op;
    layer.main_op = anchor == nullptr ? kPointwise : anchor->name;
  } else if (op != nullptr && pointwise_row(*op) != nullptr) {
    layer.main_op = kPointwise;
  }
  return layer;
}

TensorInfo tensor_info(const std::string& name, const ValueInfo& info) {
  TensorInfo result{.name = name, .type = info.type, .dims = {}};
  for (const Dim& dim : info.shape) {
    result.dims.push_back({.value = dim.as_constant().value_or(-1), .expression = dim.to_string()});
  }
  return result;
}

PlanInfo describe(const Plan& plan) {
  PlanInfo info{.device_kind = plan.device_kind,
                .inputs = {},
                .outputs = {},
                .profiles = plan.profiles,
                .layers = {},
                .code_bytes = plan.code_bytes};
  for (const PlanBinding& input : plan.inputs) {
    info.inputs.push_back(tensor_info(input.name, plan.values[input.value].info));
  }
  for (const PlanBinding& output : plan.outputs) {
    info.outputs.push_back(tensor_info(output.name, plan.values[output.value].info));
  }
  for (const PlanStep& step : plan.steps) info.layers.push_back(layer_info(plan, step));
  return info;
}

}  // namespace tenon::internal
