#include "base/data_types.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "onnx/importers/importers.h"
#include "onnx/messages.h"
#include "onnx/tensor_reader.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

namespace tenon::internal {
namespace {

std::vector<ValueId> operands(const ImportNode& node) {
  return {node.inputs().begin(), node.inputs().end()};
}

// Number of TensorProto.DataType for the name that opsets 1 to 5 write.
Result<DataType> type_named(std::string_view name) {
  for (int32_t number = 1; number <= 16; ++number) {
    if (onnx_type_name(number) == name) return to_data_type(number);
  }
  return corrupt("its attribute 'to' is {}, which is no element type", name_text(name));
}

// The bound that an operand states: `none` where it is left out, NaN where no attribute can hold
// it. Errors: CorruptData unless it is a scalar.
Result<double> constant_bound(const ImportNode& node, size_t index, double none) {
  if (!node.has_input(index)) return none;
  const SymbolicShape shape = TRY(node.input_info(index)).shape;
  const size_t x_rank = TRY(node.input_info(0)).shape.size();
  if (shape.size() > x_rank || element_count(shape) != Dim(1)) {
    return corrupt("its operand {} is a bound of shape {}, not a scalar", index, to_string(shape));
  }
  const std::optional<HostTensor> tensor = node.constant(index);
  const double bound = tensor ? element_as_double(tensor->view(), 0) : NAN;
  return static_cast<double>(static_cast<float>(bound)) == bound ? bound : NAN;
}

// An operand whose dims are those of x from `axis` on.
Result<ValueId> aligned(ImportNode& node, size_t operand, int64_t axis) {
  const auto x_rank = static_cast<int64_t>(TRY(node.input_info(0)).shape.size());
  const auto rank = static_cast<int64_t>(TRY(node.input_info(operand)).shape.size());
  if (axis < 0 || axis + rank > x_rank) {
    return corrupt("an operand of {} cannot be broadcast from axis {} on to one of {}",
                   counted(rank, "dim"), axis, x_rank);
  }
  std::vector<int64_t> behind(static_cast<size_t>(x_rank - axis - rank));
  std::iota(behind.begin(), behind.end(), rank);
  if (behind.empty()) return node.input(operand);
  const ValueId axes = TRY(node.add_int64s(behind, "axes"));
  return node.add("Unsqueeze", {}, {node.input(operand), axes}, "aligned");
}

// The sum of all operands but the last; of one, itself. Errors: CorruptData where there are none.
Result<ValueId> sum_before_last(ImportNode& node) {
  if (node.inputs().empty()) return corrupt("it has no operands");
  ValueId sum = node.input(0);
  for (size_t i = 1; i + 1 < node.inputs().size(); ++i) {
    sum = TRY(node.add("Add", {}, {sum, node.input(i)}, "sum"));
  }
  return sum;
}

}  // namespace

Status import_axis_broadcast(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const bool broadcast = TRY(take_int(attributes, "broadcast", 0)) != 0;
  const auto rank = static_cast<int64_t>(TRY(node.input_info(0)).shape.size());
  const bool from_the_end = !attributes.contains("axis");
  int64_t axis = TRY(take_int(attributes, "axis", 0));
  if (axis < 0) axis += rank;
  std::vector<ValueId> inputs = operands(node);
  if (broadcast && !from_the_end) inputs[1] = TRY(aligned(node, 1, axis));
  return node.finish(node.op(), attributes, std::move(inputs));
}

Status import_bit_shift(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const std::string direction = TRY(take_string(attributes, "direction", ""));
  if (direction != "LEFT" && direction != "RIGHT") {
    return corrupt("its attribute 'direction' is {}, not LEFT or RIGHT", name_text(direction));
  }
  attributes.emplace("left", int64_t{direction == "LEFT"});
  return node.finish(node.op(), attributes, operands(node));
}

Status import_cast(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  DataType type = DataType::kUndefined;
  if (node.version() < 6) {
    type = TRY(type_named(TRY(take_string(attributes, "to", ""))));
  } else {
    const int64_t number = TRY(take_int(attributes, "to", 0));
    if (number < 0 || number > INT32_MAX) return corrupt("its attribute 'to' is {}", number);
    type = TRY(to_data_type(static_cast<int32_t>(number)));
  }
  // Only matters to a type that Tenon lacks, FLOAT8E8M0.
  TRY(take_string(attributes, "round_mode", ""));
  attributes.emplace("to", std::string(to_string(type)));
  return node.finish(node.op(), attributes, operands(node));
}

Status import_cast_like(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  TRY(take_string(attributes, "round_mode", ""));
  attributes.emplace("to", std::string(to_string(TRY(node.input_info(1)).type)));
  return node.finish(node.op(), attributes, {node.input(0)});
}

Status import_clip_1(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  // From opset 6 on infinities become finite unless the attributes say otherwise.
  if (node.version() >= 6) {
    constexpr double kLargest = std::numeric_limits<float>::max();
    attributes.emplace("min", -kLargest);
    attributes.emplace("max", kLargest);
  }
  return node.finish(node.op(), attributes, operands(node));
}

Status import_clip(ImportNode& node) {
  const AttributeMap attributes = TRY(node.attributes());
  const double min = TRY(constant_bound(node, 1, -INFINITY));
  const double max = TRY(constant_bound(node, 2, INFINITY));
  const DataType type = TRY(node.input_info(0)).type;
  if (is_floating(type) && !std::isnan(min) && !std::isnan(max)) {
    return node.finish(node.op(), {{"min", min}, {"max", max}}, {node.input(0)});
  }
  if (!node.has_input(1)) return node.finish("Min", attributes, {node.input(0), node.input(2)});
  if (!node.has_input(2)) return node.finish("Max", attributes, {node.input(0), node.input(1)});
  const ValueId raised = TRY(node.add("Max", attributes, {node.input(0), node.input(1)}, "raised"));
  return node.finish("Min", attributes, {raised, node.input(2)});
}

Status import_gelu(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const std::string approximate = TRY(take_string(attributes, "approximate", "none"));
  if (approximate != "none" && approximate != "tanh") {
    return corrupt("its attribute 'approximate' is {}, not none or tanh", name_text(approximate));
  }
  attributes.emplace("tanh", int64_t{approximate == "tanh"});
  return node.finish(node.op(), attributes, operands(node));
}

Status import_mean(ImportNode& node) {
  const AttributeMap attributes = TRY(node.attributes());
  ValueId sum = TRY(sum_before_last(node));
  const size_t count = node.inputs().size();
  if (count > 1) sum = TRY(node.add("Add", {}, {sum, node.input(count - 1)}, "sum"));
  const DataType type = TRY(node.input_info(0)).type;
  const ValueId divisor = TRY(
      node.add_constant(TRY(HostTensor::of(type, {}, {{static_cast<double>(count)}})), "count"));
  return node.finish(node.op(), attributes, {sum, divisor});
}

Status import_prelu_1(ImportNode& node) {
  const AttributeMap attributes = TRY(node.attributes());
  const SymbolicShape slope = TRY(node.input_info(1)).shape;
  const bool for_channels = slope.size() == 1 && slope[0] != Dim(1);
  if (!for_channels) return node.finish(node.op(), attributes, operands(node));
  return node.finish(node.op(), attributes, {node.input(0), TRY(aligned(node, 1, 1))});
}

Status import_selu_1(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  attributes.emplace("alpha", 1.6732);
  attributes.emplace("gamma", 1.0507);
  return node.finish(node.op(), attributes, operands(node));
}

Status import_sum(ImportNode& node) {
  const AttributeMap attributes = TRY(node.attributes());
  const ValueId sum = TRY(sum_before_last(node));
  const size_t count = node.inputs().size();
  if (count == 1) return node.finish("Identity", attributes, {sum});
  return node.finish(node.op(), attributes, {sum, node.input(count - 1)});
}

}  // namespace tenon::internal
