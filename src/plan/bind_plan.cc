#include "plan/bind_plan.h"

#include "base/checked_math.h"
#include "base/errors.h"
#include "base/try.h"
#include "ops/list.h"
#include "plan/profile_ranges.h"
#include "tensor/host_tensor.h"
#include "tensor/layout.h"

#include <optional>
#include <string>

namespace tenon::internal {
namespace {

// Bytes of known elements, in the value's type.
Result<std::vector<std::byte>> encode_elements(const ValueInfo& info,
                                               const SymbolBindings& symbols) {
  std::vector<int64_t> numbers;
  numbers.reserve(info.elements->size());
  for (const Dim& element : *info.elements) numbers.push_back(TRY(element.evaluate(symbols)));
  const int64_t count = static_cast<int64_t>(numbers.size());
  return convert(ConstTensorView(numbers.data(), DataType::kInt64, {count}), info.type).bytes;
}

// The info of a bound value as inference on concrete shapes would give it.
Result<ValueInfo> concrete_info(const PlanValue& value, const BoundValue& bound,
                                const SymbolBindings& symbols) {
  ValueInfo info{.type = value.info.type, .shape = to_symbolic(bound.shape), .elements = {}};
  if (value.info.elements) {
    info.elements.emplace();
    for (const Dim& element : *value.info.elements) {
      info.elements->emplace_back(TRY(element.evaluate(symbols)));
    }
  }
  return info;
}

// Of what lies together, where that is all or a row.
int64_t row_bytes(const ValueInfo& info, const BoundValue& value) {
  if (value.pitch == 0) return value.bytes;
  const int64_t innermost = storage_order(info.layout, value.shape.size()).back();
  return value.shape[static_cast<size_t>(innermost)] * (bits_of(info.type) / 8);
}

// The end of its last byte in its storage, if that can be counted; of a value with bytes.
std::optional<int64_t> end_of(const ValueInfo& info, const BoundValue& value) {
  const int64_t row = row_bytes(info, value);
  const std::optional<int64_t> before = checked_mul(value.bytes / row - 1, value.pitch);
  const std::optional<int64_t> begin = before ? checked_add(value.offset, *before) : std::nullopt;
  return begin ? checked_add(*begin, row) : std::nullopt;
}

// A view has no step, so its op's inference never sees these shapes; whether they are right shows
// in the sizes. What lies in rows that are a pitch apart has no other shape.
Status check_alias(const Plan& plan, uint32_t value, const BoundPlan& bound) {
  if (plan.values[value].storage != Storage::kAlias) return {};
  const uint32_t in = plan.values[value].index;
  const BoundValue& alias = bound.values[value];
  const BoundValue& whole = bound.values[in];
  const DataType type = plan.values[value].info.type;
  const DataType whole_type = plan.values[in].info.type;
  // Odd and even numbers of four-bit elements take as many bytes.
  const bool same_count =
      type != whole_type || tenon::element_count(alias.shape) == tenon::element_count(whole.shape);
  const bool same_form = whole.pitch == 0 || (type == whole_type && alias.shape == whole.shape);
  if (alias.bytes == whole.bytes && same_count && same_form) return {};
  return invalid_argument(
      "value '{}' would be {}{} at these shapes in the memory of '{}', {}{}: they must have as "
      "many elements",
      plan.values[value].name, to_string(type), tenon::to_string(alias.shape), plan.values[in].name,
      to_string(whole_type), tenon::to_string(whole.shape));
}

Status check_window(const Plan& plan, uint32_t value, const BoundPlan& bound) {
  const PlanValue& entry = plan.values[value];
  const PlanValue& root = plan.values[entry.index];
  const BoundValue& part = bound.values[value];
  const int64_t element = bits_of(entry.info.type) / 8;
  const auto fits = [&] {
    if (part.offset < 0 || part.pitch < 0) return false;
    if (part.offset % element != 0 || part.pitch % element != 0) return false;
    const int64_t row = row_bytes(entry.info, part);
    if (part.pitch != 0 && part.pitch < row) return false;
    if (part.bytes == 0) return true;
    const std::optional<int64_t> end = end_of(entry.info, part);
    return end && *end <= bound.values[entry.index].bytes;
  };
  if (fits()) return {};
  return invalid_argument(
      "value '{}' would be {}{} at these shapes, from byte {} on and {} bytes apart, which is no "
      "part of the {} bytes of '{}'",
      entry.name, to_string(entry.info.type), tenon::to_string(part.shape), part.offset, part.pitch,
      bound.values[entry.index].bytes, root.name);
}

// Whether two values lie in bytes of the same storage that are not the same and meet.
bool cross(const Plan& plan, uint32_t a, uint32_t b, const BoundPlan& bound) {
  if (storage_root(plan, a) != storage_root(plan, b)) return false;
  const BoundValue& x = bound.values[a];
  const BoundValue& y = bound.values[b];
  if (x.bytes == 0 || y.bytes == 0) return false;
  const ValueInfo& x_info = plan.values[a].info;
  const ValueInfo& y_info = plan.values[b].info;
  // Both are inside of the storage.
  if (*end_of(x_info, x) <= y.offset || *end_of(y_info, y) <= x.offset) return false;
  if (x.pitch == 0 || x.pitch != y.pitch) return true;
  // They may lie beside each other in the same rows.
  const int64_t x_first = x.offset % x.pitch;
  const int64_t y_first = y.offset % y.pitch;
  const int64_t x_last = x_first + row_bytes(x_info, x);
  const int64_t y_last = y_first + row_bytes(y_info, y);
  return x_last > x.pitch || y_last > y.pitch || (x_first < y_last && y_first < x_last);
}

bool same_bytes(const Plan& plan, uint32_t a, uint32_t b, const BoundPlan& bound) {
  const BoundValue& x = bound.values[a];
  const BoundValue& y = bound.values[b];
  return storage_root(plan, a) == storage_root(plan, b) && x.offset == y.offset &&
         x.pitch == y.pitch && x.bytes == y.bytes;
}

// A result may overwrite what its op lets it, and stand where its parts stand already.
Status check_overlaps(const Plan& plan, const PlanStep& step, const OpDef& op, const Attrs& attrs,
                      const BoundPlan& bound) {
  const OperandMask in_place = in_place_operands(op, attrs, step.inputs.size());
  const bool joins = step.op == "Concat";
  for (size_t i = 0; i < step.outputs.size(); ++i) {
    const uint32_t output = step.outputs[i];
    if (output == kNoIndex) continue;
    for (size_t operand = 0; operand < step.inputs.size(); ++operand) {
      const uint32_t input = step.inputs[operand];
      if (input == kNoIndex || joins || !cross(plan, output, input, bound)) continue;
      const bool may = i == 0 && in_mask(in_place, operand);
      if (may && same_bytes(plan, output, input, bound)) continue;
      return invalid_argument("output {} would overwrite operand {}", i, operand);
    }
    for (size_t other = 0; other < i; ++other) {
      const uint32_t before = step.outputs[other];
      if (before == kNoIndex || !cross(plan, output, before, bound)) continue;
      return invalid_argument("outputs {} and {} would lie in the same bytes", other, i);
    }
  }
  return {};
}

// A step with numbers for its dims.
struct ConcreteStep {
  const OpDef* op;
  Attrs attrs;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
};

Result<ConcreteStep> concrete_step(const Plan& plan, const PlanStep& step, const BoundPlan& bound) {
  ConcreteStep concrete;
  concrete.op = find_op(step.op);
  concrete.attrs = TRY(Attrs::from_map(*concrete.op->attrs, step.attributes));
  const auto info_of = [&](uint32_t value) {
    return concrete_info(plan.values[value], bound.values[value], bound.symbols);
  };
  for (const uint32_t value : step.inputs) {
    concrete.inputs.push_back(value == kNoIndex ? ValueInfo{} : TRY(info_of(value)));
  }
  for (const uint32_t value : step.outputs) {
    concrete.outputs.push_back(value == kNoIndex ? ValueInfo{} : TRY(info_of(value)));
  }
  return concrete;
}

Status check_step(const Plan& plan, const PlanStep& step, const BoundPlan& bound) {
  const ConcreteStep concrete = TRY(concrete_step(plan, step, bound));
  std::vector<ValueInfo> inferred =
      TRY(infer_outputs(*concrete.op, concrete.attrs, concrete.inputs));
  for (size_t i = 0; i < step.outputs.size(); ++i) {
    const ValueInfo& stated = concrete.outputs[i];
    if (!stated.present()) continue;
    // Open extents have numbers by now.
    for (Dim& dim : inferred[i].shape) dim = TRY(dim.evaluate(bound.symbols));
    if (stated.type != inferred[i].type || stated.shape != inferred[i].shape) {
      return invalid_argument("output {} is {} at these shapes, the plan states {}", i,
                              to_string(inferred[i]), to_string(stated));
    }
  }
  return check_overlaps(plan, step, *concrete.op, concrete.attrs, bound);
}

Result<BoundValue> bind_value(const Plan& plan, uint32_t index, const SymbolBindings& symbols) {
  const ValueInfo& info = plan.values[index].info;
  BoundValue value{.shape = TRY(shape_of(plan, index, symbols)), .elements = {}};
  value.bytes = byte_size(info.type, value.shape);
  if (value.bytes == INT64_MAX) {
    return Error(ErrorKind::kOutOfMemory,
                 "value '" + plan.values[index].name + "' is too large at these shapes");
  }
  if (const PlanWindow* window = window_of(plan, index)) {
    value.offset = TRY(window->offset.evaluate(symbols));
    value.pitch = TRY(window->pitch.evaluate(symbols));
  }
  if (info.elements) value.elements = TRY(encode_elements(info, symbols));
  return value;
}

}  // namespace

Status check_profile(const Plan& plan, size_t input, std::span<const int64_t> shape) {
  if (plan.profiles.empty()) return {};
  const std::string& name = plan.inputs[input].name;
  const auto found = plan.profiles.front().inputs.find(name);
  if (found == plan.profiles.front().inputs.end()) return {};
  const auto& [min, opt, max] = found->second;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const bool below = axis < min.size() && shape[axis] < min[axis];
    const bool above = axis < max.size() && shape[axis] > max[axis];
    if (below || above) {
      return invalid_argument(
          "input '{}' has {} at axis {}; the plan's profile allows {} to {}: build with another "
          "profile or change the input",
          name, shape[axis], axis, axis < min.size() ? std::to_string(min[axis]) : "any",
          axis < max.size() ? std::to_string(max[axis]) : "any");
    }
  }
  return {};
}

Result<SymbolBindings> bind_inputs(const Plan& plan, std::span<const Shape> shapes) {
  SymbolBindings symbols;
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    const ValueInfo& info = plan.values[plan.inputs[i].value].info;
    const Status bound = bind_symbols(info.shape, shapes[i], symbols);
    if (!bound.ok()) {
      return invalid_argument("input '{}' is {} and cannot take the shape {}: {}",
                              plan.inputs[i].name, to_string(info), tenon::to_string(shapes[i]),
                              bound.error().message());
    }
  }
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    const PlanBinding& input = plan.inputs[i];
    // Dims that are expressions could not be matched before all symbols were bound.
    const Shape expected = TRY(shape_of(plan, input.value, symbols));
    if (expected != shapes[i]) {
      return invalid_argument("input '{}' has the shape {}; with the other dims it must be {}",
                              input.name, tenon::to_string(shapes[i]), tenon::to_string(expected));
    }
    TRY_STATUS(check_profile(plan, i, shapes[i]));
  }
  return symbols;
}

Result<Shape> shape_of(const Plan& plan, uint32_t value, const SymbolBindings& symbols) {
  const PlanValue& entry = plan.values[value];
  Result<Shape> shape = evaluate(entry.info.shape, symbols);
  if (!shape.ok()) {
    return std::move(shape).error().with_context("at the shape of value '" + entry.name + "'");
  }
  return shape;
}

Status bind_epoch(const Plan& plan, const PlanEpochs& epochs, uint32_t epoch, BoundPlan& bound) {
  for (uint32_t i = 0; i < plan.values.size(); ++i) {
    if (epochs.of_value[i] == epoch) bound.values[i] = TRY(bind_value(plan, i, bound.symbols));
  }
  for (uint32_t i = 0; i < plan.values.size(); ++i) {
    if (epochs.of_value[i] != epoch) continue;
    TRY_STATUS(plan.values[i].window ? check_window(plan, i, bound) : check_alias(plan, i, bound));
  }
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const PlanStep& step = plan.steps[i];
    // What bodies compute is looked at when they have.
    if (!step.bodies.empty()) continue;
    // A host step whose extents nobody stands on checks its results itself.
    if (step.on_host() && epochs.after_step[i] == 0) continue;
    if ((step.on_host() ? epochs.after_step[i] : epochs.of_step[i]) != epoch) continue;
    Status checked = check_step(plan, step, bound);
    if (checked.ok()) continue;
    return std::move(checked).error().with_node(step.name).with_context("at step '" + step.name +
                                                                        "' (" + step.op + ")");
  }
  return {};
}

Result<BoundPlan> bind_plan(const Plan& plan, const PlanEpochs& epochs, SymbolBindings symbols) {
  BoundPlan bound{.symbols = std::move(symbols), .values = {}};
  bound.values.resize(plan.values.size());
  TRY_STATUS(bind_epoch(plan, epochs, 0, bound));
  return bound;
}

Result<BoundPlan> bind_plan(const Plan& plan, SymbolBindings symbols) {
  return bind_plan(plan, plan_epochs(plan), std::move(symbols));
}

Result<Work> work_of(const Plan& plan, const PlanStep& step, const BoundPlan& bound) {
  if (!step.bodies.empty()) return Work{};
  const ConcreteStep concrete = TRY(concrete_step(plan, step, bound));
  return work_of(*concrete.op, concrete.attrs, concrete.inputs, concrete.outputs);
}

Result<SymbolRanges> profile_ranges(const Plan& plan, const Profile& profile) {
  std::vector<ProfiledInput> inputs;
  for (const PlanBinding& input : plan.inputs) {
    inputs.push_back({.name = input.name, .shape = plan.values[input.value].info.shape});
  }
  return profile_ranges(inputs, profile);
}

}  // namespace tenon::internal
