#include "plan/verify_plan.h"

#include "base/data_types.h"
#include "base/errors.h"
#include "base/try.h"
#include "ops/control_flow.h"
#include "ops/extents.h"
#include "ops/list.h"
#include "plan/bind_plan.h"
#include "plan/epochs.h"

#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace tenon::internal {
namespace {

// An alias has all of a window in its layout, or a window of what is no alias. Where the elements
// of packed weights are is known by their tactic alone.
bool may_have_alias(const PlanValue& value, const PlanValue& alias) {
  if (value.storage == Storage::kHost || value.info.layout == Layout::kPacked) return false;
  if (value.storage != Storage::kAlias) return true;
  return value.window && !alias.window && value.info.layout == alias.info.layout;
}

class Verifier {
 public:
  Verifier(const Plan& plan, int64_t weights_region_bytes)
      : plan_(plan), weights_region_bytes_(weights_region_bytes) {}

  Status run() {
    TRY_STATUS(check_weights());
    TRY_STATUS(check_bindings(plan_.inputs, Storage::kInput));
    TRY_STATUS(check_bindings(plan_.outputs, Storage::kOutput));
    for (const PlanStep& step : plan_.steps) TRY_STATUS(check_form(step));
    TRY_STATUS(collect_symbols());
    for (uint32_t i = 0; i < plan_.values.size(); ++i) TRY_STATUS(check_value(i));
    written_.assign(plan_.values.size(), false);
    depth_of_.assign(plan_.values.size(), 0);
    gone_.assign(plan_.values.size(), false);
    TRY_STATUS(check_steps(0, static_cast<uint32_t>(plan_.steps.size())));
    TRY_STATUS(check_profiles());
    return check_outputs_written();
  }

 private:
  Status check_weights() const;
  Status check_bindings(const std::vector<PlanBinding>& bindings, Storage storage) const;
  Status check_form(const PlanStep& step) const;
  Status collect_symbols();
  Status check_symbols(const Dim& dim, const std::string& subject) const;
  Status check_dim(const Dim& dim, const std::string& subject) const;
  static Status check_layout(const PlanValue& value, const std::string& subject);
  Status check_window(const PlanValue& value, const std::string& subject) const;
  Status check_value(uint32_t index) const;
  Status check_elements(const ValueInfo& info, const std::string& subject) const;
  Status check_steps(uint32_t begin, uint32_t end);
  Status check_body_form(const PlanStep& step) const;
  Status check_same(const PlanStep& step, uint32_t a, uint32_t b) const;
  Status check_body(const PlanStep& step, const PlanBody& body, uint32_t begin);
  Status check_step(const PlanStep& step, uint32_t index);
  Status check_told(const PlanStep& step, const std::set<std::string>& used) const;
  Status check_told(const PlanStep& step, uint32_t value) const;
  Status check_dense(const PlanStep& step, uint32_t value) const;
  Status check_read(const PlanStep& step, const OpDef& op, size_t operand) const;
  Status check_write(const PlanStep& step, uint32_t value);
  Status check_profiles() const;
  Status check_outputs_written() const;

  const Plan& plan_;
  int64_t weights_region_bytes_;
  // All there are.
  std::set<std::string> symbols_;
  // Roots that hold data so far, and symbols that have a number.
  std::vector<bool> written_;
  std::set<std::string> told_;
  // Of each root that is written: how many bodies are around the step; and of the step now.
  std::vector<uint32_t> depth_of_;
  uint32_t depth_ = 0;
  // Of bodies that have ended.
  std::vector<bool> gone_;
};

Status Verifier::check_weights() const {
  int64_t end = 0;
  for (const PlanWeight& weight : plan_.weights) {
    if (weight.offset < end || weight.offset % kWeightAlignment != 0 || weight.bytes < 0 ||
        weight.offset > weights_region_bytes_ ||
        weight.bytes > weights_region_bytes_ - weight.offset) {
      return corrupt("the plan places a weight of {} bytes at {} in a region of {} bytes",
                     weight.bytes, weight.offset, weights_region_bytes_);
    }
    end = weight.offset + weight.bytes;
  }
  return {};
}

Status Verifier::check_bindings(const std::vector<PlanBinding>& bindings, Storage storage) const {
  std::unordered_set<std::string> names;
  for (uint32_t i = 0; i < bindings.size(); ++i) {
    const PlanBinding& binding = bindings[i];
    if (binding.value >= plan_.values.size() || !names.insert(binding.name).second) {
      return corrupt("the plan's input or output '{}' is malformed", binding.name);
    }
    const PlanValue& value = plan_.values[binding.value];
    if (value.storage != storage || value.index != i || !value.info.present()) {
      return corrupt("the plan's input or output '{}' names a value of another kind", binding.name);
    }
  }
  return {};
}

// Ops, numbers of operands, indices.
Status Verifier::check_form(const PlanStep& step) const {
  const OpDef* op = find_op(step.op);
  if (op == nullptr) {
    return version_mismatch("step '{}' is an op {}, which this library does not have", step.name,
                            step.op);
  }
  const bool decides = has_stem(*op);
  if (decides != step.on_host() || (!decides && step.tactic >= plan_.tactics.size())) {
    return corrupt("step '{}' names tactic {} of {}", step.name, step.tactic, plan_.tactics.size());
  }
  const bool fits =
      op->outputs == kVariadic || static_cast<int64_t>(step.outputs.size()) == op->outputs;
  if (static_cast<int64_t>(step.inputs.size()) < op->min_inputs ||
      static_cast<int64_t>(step.inputs.size()) > op->max_inputs || !fits) {
    return corrupt("step '{}' has numbers of inputs and outputs ({}, {}) that {} does not take",
                   step.name, step.inputs.size(), step.outputs.size(), step.op);
  }
  if (std::cmp_not_equal(step.bodies.size(), op->bodies)) {
    return corrupt("the number of bodies of step '{}' is {}, {} has {}", step.name,
                   step.bodies.size(), step.op, op->bodies);
  }
  const auto check = [&](const std::vector<uint32_t>& values, std::string_view verb,
                         bool may_lack) -> Status {
    for (const uint32_t value : values) {
      if (value < plan_.values.size() || (may_lack && value == kNoIndex)) continue;
      return corrupt("step '{}' {} value {} of {}", step.name, verb, value, plan_.values.size());
    }
    return {};
  };
  TRY_STATUS(check(step.inputs, "reads", true));
  TRY_STATUS(check(step.outputs, "writes", decides && step.bodies.empty()));
  for (const PlanBody& body : step.bodies) {
    TRY_STATUS(check(body.inputs, "writes", false));
    TRY_STATUS(check(body.outputs, "reads", false));
  }
  if (decides && op->bodies == 0 && (step.inputs.empty() || step.inputs[0] == kNoIndex)) {
    return corrupt("step '{}' has no operand 0", step.name);
  }
  return {};
}

Status Verifier::collect_symbols() {
  for (const PlanBinding& input : plan_.inputs) {
    for (const Dim& dim : plan_.values[input.value].info.shape) {
      if (!dim.as_symbol().empty()) told_.emplace(dim.as_symbol());
    }
  }
  symbols_ = told_;
  for (const PlanStep& step : plan_.steps) {
    if (!step.on_host()) continue;
    for (const auto& told : {told_inside(plan_, step), told_after(plan_, step)}) {
      for (const std::string& symbol : told) {
        if (symbols_.insert(symbol).second) continue;
        return corrupt("step '{}' tells dim {}, which is told elsewhere", step.name, symbol);
      }
    }
  }
  return {};
}

Status Verifier::check_symbols(const Dim& dim, const std::string& subject) const {
  std::set<std::string> used;
  dim.collect_symbols(used);
  for (const std::string& symbol : used) {
    if (!symbols_.contains(symbol)) {
      return corrupt("{} depends on dim {}, which no input has", subject, symbol);
    }
  }
  return {};
}

Status Verifier::check_dim(const Dim& dim, const std::string& subject) const {
  TRY_STATUS(check_symbols(dim, subject));
  if (dim.is_constant() && dim.constant() < 0) return corrupt("{} is negative", subject);
  return {};
}

Status Verifier::check_layout(const PlanValue& value, const std::string& subject) {
  switch (value.info.layout) {
    case Layout::kPlain:
      return {};
    case Layout::kChannelsLast:
      if (has_channels_last(value.info.shape) && value.storage != Storage::kHost) return {};
      return corrupt("{} cannot be channels_last", subject);
    case Layout::kPacked:
      if (value.storage == Storage::kWeight) return {};
      return corrupt("{} is packed and no weight", subject);
  }
  return {};
}

// Where it lies in its storage is checked when shapes are bound.
Status Verifier::check_window(const PlanValue& value, const std::string& subject) const {
  if (value.storage != Storage::kAlias) return corrupt("{} has a window and is no alias", subject);
  if (bits_of(value.info.type) % 8 != 0) {
    return corrupt("{} has a window and no whole bytes", subject);
  }
  TRY_STATUS(check_dim(value.window->offset, "the offset of " + subject));
  TRY_STATUS(check_dim(value.window->pitch, "the pitch of " + subject));
  if (value.window->pitch != Dim(0) && value.info.shape.empty()) {
    return corrupt("{} has a pitch and no rows", subject);
  }
  return {};
}

Status Verifier::check_value(uint32_t index) const {
  const PlanValue& value = plan_.values[index];
  const std::string subject = "value " + std::to_string(index) + " ('" + value.name + "')";
  if (!value.info.present()) return corrupt("{} has no element type", subject);
  if (value.info.shape.size() > kMaxRank) {
    return corrupt("{} has {} dims, the limit is {}", subject, value.info.shape.size(), kMaxRank);
  }
  for (const Dim& dim : value.info.shape) TRY_STATUS(check_dim(dim, "a dim of " + subject));
  TRY_STATUS(check_layout(value, subject));
  if (value.window) TRY_STATUS(check_window(value, subject));
  const auto out_of_range = [&](size_t size) { return value.index >= size; };
  switch (value.storage) {
    case Storage::kInput:
      if (out_of_range(plan_.inputs.size()) || plan_.inputs[value.index].value != index) {
        return corrupt("{} is not the input it says", subject);
      }
      break;
    case Storage::kOutput:
      if (out_of_range(plan_.outputs.size()) || plan_.outputs[value.index].value != index) {
        return corrupt("{} is not the output it says", subject);
      }
      break;
    case Storage::kWeight: {
      const std::optional<int64_t> bytes = byte_size(value.info).as_constant();
      // How large a packed weight must be is known by its tactic alone.
      if (out_of_range(plan_.weights.size()) ||
          (value.info.layout != Layout::kPacked && bytes != plan_.weights[value.index].bytes)) {
        return corrupt("{} is a weight of another size", subject);
      }
      break;
    }
    case Storage::kAlias:
      if (out_of_range(plan_.values.size()) || !may_have_alias(plan_.values[value.index], value)) {
        return corrupt("{} is an alias of a value that cannot have one", subject);
      }
      break;
    case Storage::kHost:
      if (!value.info.elements) return corrupt("{} lacks its elements", subject);
      break;
    case Storage::kArena:
      break;
  }
  return check_elements(value.info, subject);
}

// Inference reads as many elements as a shape says.
Status Verifier::check_elements(const ValueInfo& info, const std::string& subject) const {
  if (!info.elements) return {};
  if (!is_integer(info.type) && info.type != DataType::kBool) {
    return corrupt("{} has elements of type {}", subject, to_string(info.type));
  }
  if (element_count(info.shape) != Dim(static_cast<int64_t>(info.elements->size()))) {
    return corrupt("{} has the shape {}, and the number of its elements is {}", subject,
                   to_string(info.shape), info.elements->size());
  }
  for (const Dim& element : *info.elements) {
    TRY_STATUS(check_symbols(element, "an element of " + subject));
  }
  return {};
}

// What a step's values stand on must have a number there.
Status Verifier::check_told(const PlanStep& step, const std::set<std::string>& used) const {
  for (const std::string& symbol : used) {
    if (told_.contains(symbol)) continue;
    return corrupt("step '{}' stands on dim {} before it is known", step.name, symbol);
  }
  return {};
}

Status Verifier::check_told(const PlanStep& step, uint32_t value) const {
  std::set<std::string> used;
  internal::collect_symbols(plan_.values[value], used);
  internal::collect_symbols(plan_.values[storage_root(plan_, value)], used);
  return check_told(step, used);
}

// References and copies take bytes that lie together in the order of the shape.
Status Verifier::check_dense(const PlanStep& step, uint32_t value) const {
  const PlanWindow* window = window_of(plan_, value);
  if (plan_.values[value].info.layout == Layout::kPlain &&
      (window == nullptr || window->pitch == Dim(0))) {
    return {};
  }
  return corrupt("step '{}' of the host uses value {}, whose elements do not lie in order",
                 step.name, value);
}

Status Verifier::check_read(const PlanStep& step, const OpDef& op, size_t operand) const {
  const uint32_t value = step.inputs[operand];
  if (value == kNoIndex) return {};
  TRY_STATUS(check_told(step, value));
  const bool on_host = plan_.values[value].storage == Storage::kHost;
  const bool host_operand = in_mask(op.host_inputs, operand);
  if (on_host != host_operand) {
    return corrupt("step '{}' reads operand {} from the wrong side of the device", step.name,
                   operand);
  }
  const uint32_t root = storage_root(plan_, value);
  if (step.on_host()) TRY_STATUS(check_dense(step, value));
  const Storage storage = plan_.values[root].storage;
  const bool computed = storage == Storage::kArena || storage == Storage::kOutput;
  if (computed && !written_[root]) {
    return corrupt("step '{}' reads value {} before it is computed", step.name, value);
  }
  return {};
}

Status Verifier::check_write(const PlanStep& step, uint32_t value) {
  TRY_STATUS(check_told(step, value));
  // Elements of extents are there once they are known.
  if (step.on_host() && plan_.values[value].storage == Storage::kHost) return {};
  const uint32_t root = storage_root(plan_, value);
  if (step.on_host()) TRY_STATUS(check_dense(step, value));
  const Storage storage = plan_.values[root].storage;
  if (storage != Storage::kArena && storage != Storage::kOutput) {
    return corrupt("step '{}' writes value {}, which is not computed", step.name, value);
  }
  if ((written_[root] && depth_of_[root] != depth_) || gone_[root]) {
    return corrupt("step '{}' writes value {}, which is not of its body", step.name, value);
  }
  depth_of_[root] = depth_;
  written_[root] = true;
  return {};
}

Status Verifier::check_steps(uint32_t begin, uint32_t end) {
  while (begin < end) {
    const PlanStep& step = plan_.steps[begin];
    // Bodies stand one behind the other, each as long as it says and inside of what is around.
    uint32_t body_begin = begin + 1;
    for (const PlanBody& body : step.bodies) {
      if (body.end <= body_begin || body.end > end) {
        return corrupt("a body of step '{}' ends at step {}, which is not behind it", step.name,
                       body.end);
      }
      body_begin = body.end;
    }
    TRY_STATUS(check_step(step, begin));
    begin = step.next(begin);
  }
  return {};
}

Status Verifier::check_same(const PlanStep& step, uint32_t a, uint32_t b) const {
  const ValueInfo& from = plan_.values[a].info;
  const ValueInfo& to = plan_.values[b].info;
  if (from.type == to.type && from.shape.size() == to.shape.size()) return {};
  return corrupt("step '{}' passes value {}, {}, on as value {}, {}", step.name, a, to_string(from),
                 b, to_string(to));
}

// What goes in and out of the bodies of an If or Loop.
Status Verifier::check_body_form(const PlanStep& step) const {
  const OpDef& op = *find_op(step.op);
  const Result<Attrs> attrs = Attrs::from_map(*op.attrs, step.attributes);
  if (!attrs.ok()) return corrupt("step '{}': {}", step.name, attrs.error().message());
  const auto misfit = [&] {
    return corrupt("step '{}' has a body that takes or gives other values than it does", step.name);
  };
  const size_t own = first_capture(op, *attrs);
  if (step.inputs.size() != own) return misfit();
  for (const uint32_t value : step.inputs) {
    if (value == kNoIndex) return misfit();
  }
  if (op.name == kIfName) {
    for (const PlanBody& body : step.bodies) {
      if (!body.inputs.empty() || body.outputs.size() != step.outputs.size()) return misfit();
      for (size_t i = 0; i < step.outputs.size(); ++i) {
        TRY_STATUS(check_same(step, body.outputs[i], step.outputs[i]));
      }
    }
    return {};
  }
  const PlanBody& body = step.bodies[0];
  const size_t carried = own - 2;
  if (body.inputs.size() != own || step.outputs.size() < carried ||
      body.outputs.size() != 1 + step.outputs.size()) {
    return misfit();
  }
  const auto info = [&](uint32_t value) -> const ValueInfo& { return plan_.values[value].info; };
  if (info(body.inputs[0]).type != DataType::kInt64 || !info(body.inputs[0]).shape.empty() ||
      info(body.inputs[1]).type != DataType::kBool || !info(body.inputs[1]).shape.empty()) {
    return misfit();
  }
  for (size_t i = 0; i < carried; ++i) {
    TRY_STATUS(check_same(step, step.inputs[2 + i], body.inputs[2 + i]));
    TRY_STATUS(check_same(step, body.outputs[1 + i], body.inputs[2 + i]));
    TRY_STATUS(check_same(step, body.inputs[2 + i], step.outputs[i]));
  }
  for (size_t i = carried; i < step.outputs.size(); ++i) {
    if (info(body.outputs[1 + i]).type != info(step.outputs[i]).type ||
        info(body.outputs[1 + i]).shape.size() + 1 != info(step.outputs[i]).shape.size()) {
      return misfit();
    }
  }
  return {};
}

// What a body computes is gone behind it, but for what the step takes over.
Status Verifier::check_body(const PlanStep& step, const PlanBody& body, uint32_t begin) {
  constexpr uint32_t kMaxDepth = 64;
  if (depth_ == kMaxDepth) return corrupt("bodies nest more than {} deep", kMaxDepth);
  const std::vector<bool> written = written_;
  const std::vector<uint32_t> depths = depth_of_;
  const std::set<std::string> told = told_;
  ++depth_;
  for (std::string& symbol : told_inside(plan_, step)) told_.insert(std::move(symbol));
  for (const uint32_t value : body.inputs) {
    if (plan_.values[value].storage != Storage::kArena || written_[value]) {
      return corrupt("a body of step '{}' takes value {}, which is not its own", step.name, value);
    }
    TRY_STATUS(check_write(step, value));
  }
  TRY_STATUS(check_steps(begin, body.end));
  for (const uint32_t value : body.outputs) {
    if (plan_.values[value].storage != Storage::kArena || !written_[value] ||
        depth_of_[value] != depth_) {
      return corrupt("a body of step '{}' gives value {}, which it does not compute", step.name,
                     value);
    }
    TRY_STATUS(check_told(step, value));
    TRY_STATUS(check_dense(step, value));
  }
  --depth_;
  // A value of a body is computed by no other.
  for (size_t i = 0; i < written_.size(); ++i) {
    if (written_[i] && !written[i]) gone_[i] = true;
  }
  written_ = written;
  depth_of_ = depths;
  told_ = told;
  return {};
}

Status Verifier::check_step(const PlanStep& step, uint32_t index) {
  const OpDef& op = *find_op(step.op);
  for (size_t i = 0; i < step.inputs.size(); ++i) TRY_STATUS(check_read(step, op, i));
  std::set<std::string> used;
  step.workspace.collect_symbols(used);
  TRY_STATUS(check_dim(step.workspace, "the workspace of step '" + step.name + "'"));
  TRY_STATUS(check_told(step, used));
  if (!step.bodies.empty()) {
    TRY_STATUS(check_body_form(step));
    uint32_t begin = index + 1;
    for (const PlanBody& body : step.bodies) {
      TRY_STATUS(check_body(step, body, begin));
      begin = body.end;
    }
  }
  for (std::string& symbol : told_after(plan_, step)) told_.insert(std::move(symbol));
  for (const uint32_t value : step.outputs) {
    if (value != kNoIndex) TRY_STATUS(check_write(step, value));
  }
  return {};
}

Status Verifier::check_outputs_written() const {
  for (const PlanBinding& output : plan_.outputs) {
    if (!written_[output.value]) return corrupt("no step computes output '{}'", output.name);
  }
  return {};
}

}  // namespace

Status Verifier::check_profiles() const {
  for (const Profile& profile : plan_.profiles) {
    const auto ranges = profile_ranges(plan_, profile);
    if (!ranges.ok()) return corrupt("{}", ranges.error().message());
  }
  return {};
}

Status verify(const Plan& plan, int64_t weights_region_bytes) {
  return Verifier(plan, weights_region_bytes).run();
}

}  // namespace tenon::internal
