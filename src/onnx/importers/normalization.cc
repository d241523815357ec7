#include "ops/normalization.h"
#include "base/data_types.h"
#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"
#include "ops/operands.h"

#include <numeric>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// The type in which statistics are computed is a matter of the device, which has f32 or better.
Status check_stash_type(AttributeMap& attributes) {
  const int64_t type = TRY(take_int(attributes, "stash_type", 1));
  if (type == 1 || type == 11) return ok_status();
  return unsupported("its statistics have another type than f32 or f64 (stash_type is {})", type);
}

Result<ValueId> scalar_like(ImportNode& node, DataType type, double value, std::string_view role) {
  return node.add_constant(TRY(HostTensor::of(type, {}, {{value}})), role);
}

Result<ValueId> cast(ImportNode& node, ValueId value, DataType type, std::string_view role) {
  return node.add("Cast", {{"to", std::string(to_string(type))}}, {value}, role);
}

// Axes from `axis` on, as an operand.
Result<ValueId> axes_from(ImportNode& node, int64_t axis) {
  const size_t rank = TRY(node.input_info(0)).shape.size();
  const size_t first = TRY(normalize_axis(axis, rank));
  std::vector<int64_t> axes(rank - first);
  std::iota(axes.begin(), axes.end(), static_cast<int64_t>(first));
  return node.add_int64s(axes, "axes");
}

// Outputs 1 and 2 of LayerNormalization, f32: the mean and what vectors are multiplied with.
Status finish_statistics(ImportNode& node, const LayerNormalizationAttrs& attrs) {
  const auto is_used = [&](size_t i) {
    return i < node.outputs().size() && node.outputs()[i].used;
  };
  if (!is_used(1) && !is_used(2)) return ok_status();
  const ValueId x = TRY(cast(node, node.input(0), DataType::kFloat32, "statistics_x"));
  const ValueId axes = TRY(axes_from(node, attrs.axis));
  if (is_used(1)) TRY_STATUS(node.finish_output(1, "ReduceMean", {}, {x, axes}));
  if (!is_used(2)) return ok_status();
  const ValueId mean = TRY(node.add("ReduceMean", {}, {x, axes}, "mean"));
  const ValueId distance = TRY(node.add("Sub", {}, {x, mean}, "distance"));
  const ValueId square = TRY(node.add("Mul", {}, {distance, distance}, "square"));
  const ValueId variance = TRY(node.add("ReduceMean", {}, {square, axes}, "variance"));
  const ValueId epsilon =
      TRY(scalar_like(node, DataType::kFloat32, static_cast<double>(attrs.epsilon), "epsilon"));
  const ValueId raised = TRY(node.add("Add", {}, {variance, epsilon}, "raised"));
  const ValueId deviation = TRY(node.add("Sqrt", {}, {raised}, "deviation"));
  return node.finish_output(2, "Reciprocal", {}, {deviation});
}

}  // namespace

Status import_layer_normalization(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  TRY_STATUS(check_stash_type(attributes));
  const Attrs attrs = TRY(Attrs::from_map(attr_table<LayerNormalizationAttrs>, attributes));
  TRY_STATUS(
      node.finish_output(0, node.op(), attributes, {node.inputs().begin(), node.inputs().end()}));
  return finish_statistics(node, attrs.as<LayerNormalizationAttrs>());
}

// The scale may have another type, which is the result's.
Status import_rms_normalization(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  TRY_STATUS(check_stash_type(attributes));
  const DataType type = TRY(node.input_info(0)).type;
  const DataType result = TRY(node.input_info(1)).type;
  if (type == result) {
    return node.finish(node.op(), attributes, {node.input(0), node.input(1)});
  }
  const bool wide = bits_of(type) > 32 || bits_of(result) > 32;
  const DataType common = wide ? DataType::kFloat64 : DataType::kFloat32;
  const ValueId x = TRY(cast(node, node.input(0), common, "wide_x"));
  const ValueId scale = TRY(cast(node, node.input(1), common, "wide_scale"));
  const ValueId wide_y = TRY(node.add(node.op(), attributes, {x, scale}, "wide"));
  return node.finish("Cast", {{"to", std::string(to_string(result))}}, {wide_y});
}

Status import_group_normalization_18(ImportNode& node) {
  const AttributeMap attributes = TRY(node.attributes());
  AttributeMap options = attributes;
  const int64_t groups = TRY(take_int(options, "num_groups", 0));
  const SymbolicShape x = TRY(node.input_info(0)).shape;
  if (groups < 1 || x.size() < 2) {
    return corrupt("an operand of shape {} has no {} groups of channels", to_string(x), groups);
  }
  const Dim in_group = Dim::floor_div(x[1], groups);
  const ValueId axes = TRY(node.add_int64s({{1}}, "axes"));
  const ValueId expanded = TRY(node.add_dims({{Dim(groups), in_group}}, "expanded"));
  const ValueId channels = TRY(node.add_dims({{in_group * groups}}, "channels"));
  std::vector<ValueId> inputs = {node.input(0)};
  for (size_t i = 1; i < 3; ++i) {
    const ValueId column = TRY(node.add("Unsqueeze", {}, {node.input(i), axes}, "column"));
    const ValueId matrix = TRY(node.add("Expand", {}, {column, expanded}, "matrix"));
    inputs.push_back(TRY(node.add("Reshape", {}, {matrix, channels}, "for_channels")));
  }
  return node.finish(node.op(), attributes, std::move(inputs));
}

Status import_group_normalization(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  TRY_STATUS(check_stash_type(attributes));
  return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
}

// Vectors of zeros stay what they are.
Status import_lp_normalization(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const int64_t p = TRY(take_int(attributes, "p", 2));
  const int64_t axis = TRY(take_int(attributes, "axis", -1));
  if (p != 1 && p != 2) return corrupt("its attribute 'p' is {}, not 1 or 2", p);
  const ValueId x = node.input(0);
  const DataType type = TRY(node.input_info(0)).type;
  const ValueId axes = TRY(node.add_int64s({{axis}}, "axes"));
  const ValueId norm = TRY(node.add(p == 1 ? "ReduceL1" : "ReduceL2", {}, {x, axes}, "norm"));
  const ValueId zero = TRY(scalar_like(node, type, 0, "zero"));
  const ValueId one = TRY(scalar_like(node, type, 1, "one"));
  const ValueId is_zero = TRY(node.add("Equal", {}, {norm, zero}, "is_zero"));
  const ValueId divisor = TRY(node.add("Where", {}, {is_zero, one, norm}, "divisor"));
  return node.finish(node.op(), attributes, {x, divisor});
}

Status import_mean_variance_normalization(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const auto given = TRY(take_ints(attributes, "axes"));
  const ValueId x = node.input(0);
  const DataType type = TRY(node.input_info(0)).type;
  const ValueId axes = TRY(node.add_int64s(given.value_or(std::vector<int64_t>{0, 2, 3}), "axes"));
  const ValueId mean = TRY(node.add("ReduceMean", {}, {x, axes}, "mean"));
  const ValueId distance = TRY(node.add("Sub", {}, {x, mean}, "distance"));
  const ValueId square = TRY(node.add("Mul", {}, {distance, distance}, "square"));
  const ValueId variance = TRY(node.add("ReduceMean", {}, {square, axes}, "variance"));
  const ValueId deviation = TRY(node.add("Sqrt", {}, {variance}, "deviation"));
  const ValueId epsilon = TRY(scalar_like(node, type, 1e-9, "epsilon"));
  const ValueId divisor = TRY(node.add("Add", {}, {deviation, epsilon}, "divisor"));
  return node.finish(node.op(), attributes, {distance, divisor});
}

}  // namespace tenon::internal
