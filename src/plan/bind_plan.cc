#include "plan/bind_plan.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/list.h"
#include "tensor/host_tensor.h"

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

Status check_step(const Plan& plan, const PlanStep& step, const BoundPlan& bound) {
  const OpDef& op = *find_op(step.op);
  const auto info_of = [&](uint32_t value) {
    return concrete_info(plan.values[value], bound.values[value], bound.symbols);
  };
  std::vector<ValueInfo> inputs;
  for (const uint32_t value : step.inputs) {
    inputs.push_back(value == kNoIndex ? ValueInfo{} : TRY(info_of(value)));
  }
  const Attrs attrs = TRY(Attrs::from_map(*op.attrs, step.attributes));
  const std::vector<ValueInfo> inferred = TRY(infer_outputs(op, attrs, inputs));
  for (size_t i = 0; i < step.outputs.size(); ++i) {
    const ValueInfo stated = TRY(info_of(step.outputs[i]));
    if (stated.type != inferred[i].type || stated.shape != inferred[i].shape) {
      return invalid_argument("output {} is {} at these shapes, the plan states {}", i,
                              to_string(inferred[i]), to_string(stated));
    }
  }
  return {};
}

// A view has no step, so its op's inference never sees these shapes; whether they are right shows
// in the sizes.
Status check_alias(const Plan& plan, uint32_t value, const BoundPlan& bound) {
  const uint32_t root = storage_root(plan, value);
  const BoundValue& alias = bound.values[value];
  const BoundValue& whole = bound.values[root];
  const DataType type = plan.values[value].info.type;
  const DataType root_type = plan.values[root].info.type;
  // Odd and even numbers of four-bit elements take as many bytes.
  const bool same_count =
      type != root_type || tenon::element_count(alias.shape) == tenon::element_count(whole.shape);
  if (alias.bytes == whole.bytes && same_count) return {};
  return invalid_argument(
      "value '{}' would be {}{} at these shapes in the memory of '{}', {}{}: they must have as "
      "many elements",
      plan.values[value].name, to_string(type), tenon::to_string(alias.shape),
      plan.values[root].name, to_string(root_type), tenon::to_string(whole.shape));
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

Result<BoundPlan> bind_plan(const Plan& plan, SymbolBindings symbols) {
  BoundPlan bound{.symbols = std::move(symbols), .values = {}};
  bound.values.reserve(plan.values.size());
  for (uint32_t i = 0; i < plan.values.size(); ++i) {
    const ValueInfo& info = plan.values[i].info;
    BoundValue value{.shape = TRY(shape_of(plan, i, bound.symbols)), .bytes = 0, .elements = {}};
    value.bytes = byte_size(info.type, value.shape);
    if (value.bytes == INT64_MAX) {
      return Error(ErrorKind::kOutOfMemory,
                   "value '" + plan.values[i].name + "' is too large at these shapes");
    }
    if (info.elements) value.elements = TRY(encode_elements(info, bound.symbols));
    bound.values.push_back(std::move(value));
  }
  for (uint32_t i = 0; i < plan.values.size(); ++i) TRY_STATUS(check_alias(plan, i, bound));
  for (const PlanStep& step : plan.steps) {
    TRY_STATUS([&]() -> Status {
      Status checked = check_step(plan, step, bound);
      if (checked.ok()) return {};
      return std::move(checked).error().with_node(step.name).with_context("at step '" + step.name +
                                                                          "' (" + step.op + ")");
    }());
  }
  return bound;
}

Result<SymbolRanges> profile_ranges(const Plan& plan, const Profile& profile) {
  SymbolRanges ranges;
  for (const PlanBinding& input : plan.inputs) {
    const auto found = profile.inputs.find(input.name);
    if (found == profile.inputs.end()) continue;
    const SymbolicShape& shape = plan.values[input.value].info.shape;
    const ShapeRange& range = found->second;
    const auto fits = [&](const Shape& bound) {
      return bound.empty() || bound.size() == shape.size();
    };
    if (!fits(range.min) || !fits(range.opt) || !fits(range.max)) {
      return invalid_argument("the profile gives input '{}' another rank than {}", input.name,
                              to_string(shape));
    }
    for (size_t axis = 0; axis < shape.size() && !range.max.empty(); ++axis) {
      if (shape[axis].as_symbol().empty()) continue;
      const DimRange here{.min = range.min.empty() ? 0 : range.min[axis], .max = range.max[axis]};
      const auto [entry, is_new] = ranges.try_emplace(std::string(shape[axis].as_symbol()), here);
      if (!is_new) {
        // The dims are equal at run time, so both ranges hold.
        entry->second.min = std::max(entry->second.min, here.min);
        entry->second.max = std::min(entry->second.max, here.max);
      }
    }
  }
  return ranges;
}

}  // namespace tenon::internal
