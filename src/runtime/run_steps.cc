// What a run does: the steps in order, and those that the host itself does.
#include "base/clock.h"
#include "base/errors.h"
#include "base/try.h"
#include "ops/control_flow.h"
#include "ops/extents.h"
#include "ops/list.h"
#include "runtime/context.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tenon::internal {

Status Context::run_steps(uint32_t begin, uint32_t end) {
  while (begin < end) {
    const PlanStep& step = engine_->plan().steps[begin];
    const Stopwatch watch;
    Status status = run_step(begin);
    if (status.ok() && profile_) {
      status = stream_->synchronize();
      const double elapsed_us = static_cast<double>(watch.elapsed_ns()) * 1e-3;
      const std::scoped_lock lock(reports_mutex_);
      StepTime& time = step_times_[begin];
      time.runs += 1;
      time.total_us += elapsed_us;
      time.min_us = time.min_us == 0 ? elapsed_us : std::min(time.min_us, elapsed_us);
    }
    if (!status.ok()) {
      return std::move(status).error().with_node(step.name).with_context("at step '" + step.name +
                                                                         "' (" + step.op + ")");
    }
    begin = step.next(begin);
  }
  return {};
}

Status Context::run_step(uint32_t index) {
  const PlanStep& planned = engine_->plan().steps[index];
  if (!planned.bodies.empty()) return planned.op == kIfName ? run_if(index) : run_loop(index);
  if (planned.on_host()) return run_host_step(index);
  PreparedStep& step = steps_[index];
  return step.invocation->enqueue(*stream_, step.pointers, step.workspace);
}

Result<ConstTensorView> Context::read_value(uint32_t value, std::vector<std::byte>& staging) {
  if (value == kNoIndex) return ConstTensorView();
  const PlanValue& entry = engine_->plan().values[value];
  const BoundValue& bound = bound_->values[value];
  if (entry.storage == Storage::kHost) {
    return ConstTensorView(bound.elements.data(), entry.info.type, bound.shape);
  }
  const void* data = address(value);
  if (!engine_->device().host_accessible()) {
    staging.resize(static_cast<size_t>(bound.bytes));
    TRY_STATUS(stream_->copy(staging.data(), data, staging.size(), CopyKind::kDeviceToHost));
    data = staging.data();
  }
  return ConstTensorView(data, entry.info.type, bound.shape);
}

// Reads the operands, learns the extents, makes ready what stands on them, and computes.
Status Context::run_host_step(uint32_t index) {
  const PlanStep& step = engine_->plan().steps[index];
  const OpDef& op = *find_op(step.op);
  const Attrs& attrs = engine_->host_attrs(index);
  std::vector<std::vector<std::byte>> staged(step.inputs.size() + step.outputs.size());
  std::vector<ConstTensorView> inputs;
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    inputs.push_back(TRY(read_value(step.inputs[i], staged[i])));
  }
  TRY_STATUS(stream_->synchronize());
  TRY_STATUS(bind_extents(op, attrs, inputs, *pool_, bound_->symbols));
  if (const uint32_t next = engine_->epochs().after_step[index]) TRY_STATUS(begin_epoch(next));

  const bool in_place = engine_->device().host_accessible();
  std::vector<TensorView> outputs;
  bool any = false;
  for (size_t i = 0; i < step.outputs.size(); ++i) {
    const uint32_t value = step.outputs[i];
    const bool written =
        value != kNoIndex && engine_->plan().values[value].storage != Storage::kHost;
    if (!written) {
      outputs.emplace_back();
      continue;
    }
    any = true;
    const BoundValue& bound = bound_->values[value];
    std::vector<std::byte>& staging = staged[step.inputs.size() + i];
    if (!in_place) staging.resize(static_cast<size_t>(bound.bytes));
    outputs.push_back({in_place ? address(value) : staging.data(),
                       engine_->plan().values[value].info.type, bound.shape});
  }
  if (!any) return {};
  TRY_STATUS(compute_on_host(op, attrs, inputs, outputs));
  for (size_t i = 0; !in_place && i < outputs.size(); ++i) {
    const std::vector<std::byte>& bytes = staged[step.inputs.size() + i];
    if (outputs[i].type == DataType::kUndefined || bytes.empty()) continue;
    TRY_STATUS(stream_->copy(address(step.outputs[i]), bytes.data(), bytes.size(),
                             CopyKind::kHostToDevice));
  }
  // The copies read memory of this call.
  return in_place ? Status() : stream_->synchronize();
}

// References write all results; of those that nobody needs into memory that is dropped.
Status Context::compute_on_host(const OpDef& op, const Attrs& attrs,
                                std::span<const ConstTensorView> inputs,
                                std::vector<TensorView>& outputs) {
  std::vector<ValueInfo> infos;
  for (const ConstTensorView& input : inputs) {
    infos.push_back({input.type, to_symbolic(input.shape), std::nullopt});
  }
  std::vector<std::vector<std::byte>> dropped(outputs.size());
  std::vector<TensorView> all = outputs;
  const bool complete = std::ranges::all_of(
      outputs, [](const TensorView& view) { return view.type != DataType::kUndefined; });
  if (!complete) {
    const std::vector<ValueInfo> inferred = TRY(infer_outputs(op, attrs, infos));
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].type != DataType::kUndefined) continue;
      all[i].type = inferred[i].type;
      all[i].shape = TRY(evaluate(inferred[i].shape, bound_->symbols));
      dropped[i].resize(static_cast<size_t>(byte_size(all[i].type, all[i].shape)));
      all[i].data = dropped[i].data();
    }
  }
  return op.reference(attrs, inputs, all, *pool_);
}

}  // namespace tenon::internal
