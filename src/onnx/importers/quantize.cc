#include "base/data_types.h"
#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/casts.h"
#include "onnx/importers/importers.h"
#include "onnx/importers/quantized.h"
#include "onnx/tensor_reader.h"
#include "ops/operands.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr DataType kF32 = DataType::kFloat32;

// The type that an attribute names by number, or `fallback` for 0.
Result<DataType> take_type(AttributeMap& attributes, std::string_view name, DataType fallback) {
  const int64_t number = TRY(take_int(attributes, name, 0));
  if (number == 0) return fallback;
  if (number < 0 || number > INT32_MAX) return corrupt("its attribute '{}' is {}", name, number);
  return to_data_type(static_cast<int32_t>(number));
}

// How scales and zero points belong to the elements of x.
struct Granularity {
  SymbolicShape shape;
  int64_t axis = 1;
  // Elements along the axis that share a scale; 0: one scale for all, or one for each index.
  int64_t block = 0;
};

Result<Granularity> take_granularity(ImportNode& node, AttributeMap& attributes) {
  Granularity result{.shape = TRY(node.input_info(0)).shape,
                     .axis = TRY(take_int(attributes, "axis", 1)),
                     .block = TRY(take_int(attributes, "block_size", 0))};
  if (result.block < 0) return corrupt("its attribute 'block_size' is {}", result.block);
  return result;
}

// `value` with each element along the axis `block` times, cut to the extent of x.
Result<ValueId> add_blocks(ImportNode& node, ValueId value, const SymbolicShape& shape,
                           const Granularity& granularity) {
  const size_t axis = TRY(normalize_axis(granularity.axis, granularity.shape.size()));
  const Dim& extent = granularity.shape[axis];
  if (shape.size() != granularity.shape.size()) {
    return corrupt("{} are no scales for blocks of {} along axis {} of {}", to_string(shape),
                   granularity.block, axis, to_string(granularity.shape));
  }
  const auto signed_axis = static_cast<int64_t>(axis);
  SymbolicShape spread = shape;
  spread.insert(spread.begin() + signed_axis + 1, granularity.block);
  SymbolicShape joined = shape;
  joined[axis] = shape[axis] * granularity.block;
  const ValueId behind = TRY(node.add_int64s({{signed_axis + 1}}, "block_axis"));
  const ValueId apart = TRY(node.add("Unsqueeze", {}, {value, behind}, "apart"));
  const ValueId spread_dims = TRY(node.add_dims(spread, "spread_shape"));
  const ValueId filled = TRY(node.add("Expand", {}, {apart, spread_dims}, "spread"));
  const ValueId joined_dims = TRY(node.add_dims(joined, "joined_shape"));
  const ValueId all =
      TRY(node.add("Reshape", {{"allowzero", int64_t{1}}}, {filled, joined_dims}, "joined"));
  if (joined[axis] == extent) return all;
  const ValueId start = TRY(node.add_int64s({{0}}, "start"));
  const ValueId end = TRY(node.add_dims({{extent}}, "end"));
  const ValueId along = TRY(node.add_int64s({{signed_axis}}, "along"));
  return node.add("Slice", {}, {all, start, end, along}, "cut");
}

// `value`, of the shape of operand `index`, in one that broadcasts to x.
Result<ValueId> spread(ImportNode& node, size_t index, ValueId value,
                       const Granularity& granularity) {
  const SymbolicShape shape = TRY(node.input_info(index)).shape;
  const size_t rank = granularity.shape.size();
  if (shape.empty()) return value;
  if (granularity.block > 0) return add_blocks(node, value, shape, granularity);
  if (shape.size() > 1) {
    return corrupt("its operand {} is {}, not a scalar or a vector", index, to_string(shape));
  }
  if (rank == 0) {
    const ValueId dims = TRY(node.add_int64s({}, "scalar_shape"));
    return node.add("Reshape", {}, {value, dims}, "scalar");
  }
  // A vector of one element is one for all, whatever the axis.
  if (shape[0] == Dim(1)) return value;
  const size_t axis = rank == 1 ? 0 : TRY(normalize_axis(granularity.axis, rank));
  return add_axes_behind(node, value, shape, rank - 1 - axis, "aligned");
}

// Operand `index` as f32, in a shape that broadcasts to x.
Result<ValueId> spread_floats(ImportNode& node, size_t index, const Granularity& granularity,
                              std::string_view role) {
  return spread(node, index, TRY(cast_operand(node, index, kF32, role)), granularity);
}

// x less the zero point, exactly, as f32: differences of numbers of 16 bits and less are floats.
Result<ValueId> centred(ImportNode& node, const Granularity& granularity) {
  if (is_zero_point(node, 2)) return cast_operand(node, 0, kF32, "wide");
  if (TRY(node.input_info(0)).type == DataType::kInt32) {
    const ValueId zero = TRY(spread(node, 2, node.input(2), granularity));
    const ValueId difference = TRY(node.add("Sub", {}, {node.input(0), zero}, "difference"));
    return add_cast(node, difference, DataType::kInt32, kF32, "centred");
  }
  const ValueId x = TRY(cast_operand(node, 0, kF32, "wide"));
  const ValueId zero = TRY(spread_floats(node, 2, granularity, "zero_point"));
  return node.add("Sub", {}, {x, zero}, "centred");
}

}  // namespace

Status import_quantize_linear(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const Granularity granularity = TRY(take_granularity(node, attributes));
  const DataType stated = TRY(take_type(attributes, "output_dtype", DataType::kUInt8));
  const DataType to = node.has_input(2) ? TRY(node.input_info(2)).type : stated;
  const DataType scale_type = TRY(node.input_info(1)).type;
  const DataType precision =
      TRY(take_type(attributes, "precision", is_floating(scale_type) ? scale_type : kF32));
  const int64_t saturate = TRY(take_int(attributes, "saturate", 1));
  TRY_STATUS(check_all_taken(attributes));
  const ValueId x = TRY(cast_operand(node, 0, precision, "x"));
  const ValueId scale = TRY(cast_operand(node, 1, precision, "scale"));
  ValueId quotient =
      TRY(node.add("Div", {}, {x, TRY(spread(node, 1, scale, granularity))}, "quotient"));
  quotient = TRY(add_cast(node, quotient, precision, kF32, "wide"));
  ValueId zero_point;
  if (!is_zero_point(node, 2)) {
    zero_point = TRY(spread_floats(node, 2, granularity, "zero_point"));
  }
  return finish_quantized(node, 0, quotient, zero_point, to, {{"saturate", saturate}});
}

Status import_dequantize_linear(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const Granularity granularity = TRY(take_granularity(node, attributes));
  const DataType scale_type = TRY(node.input_info(1)).type;
  const DataType to = TRY(take_type(attributes, "output_dtype", scale_type));
  TRY_STATUS(check_all_taken(attributes));
  const ValueId x = TRY(centred(node, granularity));
  const ValueId scale = TRY(spread_floats(node, 1, granularity, "scale"));
  if (to == kF32) return node.finish("Mul", {}, {x, scale});
  const ValueId product = TRY(node.add("Mul", {}, {x, scale}, "product"));
  return node.finish("Cast", {{"to", std::string(to_string(to))}}, {product});
}

Status import_dynamic_quantize_linear(ImportNode& node) {
  TRY_STATUS(check_all_taken(TRY(node.attributes())));
  const ValueId x = node.input(0);
  const auto constant = [&](double value, std::string_view role) -> Result<ValueId> {
    return node.add_constant(TRY(HostTensor::of(kF32, {}, {{value}})), role);
  };
  const ValueId zero = TRY(constant(0, "zero"));
  const ValueId levels = TRY(constant(255, "levels"));
  const AttributeMap to_scalar = {{"keepdims", int64_t{0}}};
  const ValueId largest = TRY(node.add("ReduceMax", to_scalar, {x}, "largest"));
  const ValueId smallest = TRY(node.add("ReduceMin", to_scalar, {x}, "smallest"));
  const ValueId high = TRY(node.add("Max", {}, {largest, zero}, "high"));
  const ValueId low = TRY(node.add("Min", {}, {smallest, zero}, "low"));
  const ValueId extent = TRY(node.add("Sub", {}, {high, low}, "extent"));
  const ValueId step = TRY(node.add("Div", {}, {extent, levels}, "step"));
  // Where all is 0 any scale would do, but 0.
  const ValueId is_flat = TRY(node.add("Equal", {}, {extent, zero}, "is_flat"));
  const ValueId one = TRY(constant(1, "one"));
  TRY_STATUS(node.finish_output(1, "Where", {}, {is_flat, one, step}));
  const ValueId scale = node.results()[1];
  const ValueId steps = TRY(node.add("Div", {}, {low, scale}, "steps"));
  const ValueId offset = TRY(node.add("Sub", {}, {zero, steps}, "offset"));
  TRY_STATUS(finish_quantized(node, 2, offset, {}, DataType::kUInt8));
  const ValueId zero_point =
      TRY(add_cast(node, node.results()[2], DataType::kUInt8, kF32, "zero_point"));
  const ValueId quotient = TRY(node.add("Div", {}, {x, scale}, "quotient"));
  return finish_quantized(node, 0, quotient, zero_point, DataType::kUInt8);
}

}  // namespace tenon::internal
