#include "base/data_types.h"
#include "base/try.h"
#include "onnx/importers/casts.h"
#include "onnx/importers/importers.h"
#include "onnx/importers/quantized.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr DataType kF32 = DataType::kFloat32;

// An operand of a product: its position, those of its zero point and scale, and how many axes lie
// behind the one that these have an element for each index of.
struct Factor {
  size_t position = 0;
  size_t zero_point = 0;
  size_t scale = 0;
  size_t behind = 0;
};

// What products of these operands are computed in: i32, whose sums wrap around as ONNX says, or f32
// where they are fp8.
Result<DataType> product_type(const ImportNode& node, const Factor& a, const Factor& b) {
  const bool floating = is_floating(TRY(node.input_info(a.position)).type) ||
                        is_floating(TRY(node.input_info(b.position)).type);
  return floating ? kF32 : DataType::kInt32;
}

Result<ValueId> centred(ImportNode& node, const Factor& factor, DataType type) {
  const ValueId wide = TRY(cast_operand(node, factor.position, type, "wide"));
  if (is_zero_point(node, factor.zero_point)) return wide;
  const ValueId zero = TRY(cast_operand(node, factor.zero_point, type, "zero_point"));
  const SymbolicShape shape = TRY(node.input_info(factor.zero_point)).shape;
  const ValueId aligned =
      TRY(add_axes_behind(node, zero, shape, factor.behind, "aligned_zero_point"));
  return node.add("Sub", {}, {wide, aligned}, "centred");
}

Result<ValueId> scale_of(ImportNode& node, size_t position, size_t behind) {
  const ValueId scale = TRY(cast_operand(node, position, kF32, "scale"));
  const SymbolicShape shape = TRY(node.input_info(position)).shape;
  return add_axes_behind(node, scale, shape, behind, "aligned_scale");
}

// How many axes of a matrix lie behind its rows; none where the operand is a vector.
Result<size_t> axes_behind_rows(const ImportNode& node, size_t position) {
  return TRY(node.input_info(position)).shape.size() < 2 ? size_t{0} : size_t{1};
}

// Product times a.scale * b.scale / y_scale, with the axes behind each result's scales, quantized.
// y_scale and its zero point are operands 6 and 7.
Status finish_scaled(ImportNode& node, ValueId product, DataType type, const Factor& a,
                     const Factor& b, size_t behind) {
  const ValueId a_scale = TRY(scale_of(node, a.scale, a.behind));
  const ValueId b_scale = TRY(scale_of(node, b.scale, behind));
  const ValueId y_scale = TRY(cast_operand(node, 6, kF32, "y_scale"));
  const ValueId both = TRY(node.add("Mul", {}, {a_scale, b_scale}, "scales"));
  const ValueId scale = TRY(node.add("Div", {}, {both, y_scale}, "scale"));
  const ValueId wide = TRY(add_cast(node, product, type, kF32, "wide"));
  const ValueId scaled = TRY(node.add("Mul", {}, {wide, scale}, "scaled"));
  ValueId zero_point;
  if (!is_zero_point(node, 7)) zero_point = TRY(cast_operand(node, 7, kF32, "y_zero_point"));
  return finish_quantized(node, 0, scaled, zero_point, TRY(node.input_info(7)).type);
}

}  // namespace

Status import_matmul_integer(ImportNode& node) {
  const Factor a = {.position = 0, .zero_point = 2, .behind = TRY(axes_behind_rows(node, 0))};
  const Factor b = {.position = 1, .zero_point = 3};
  const DataType type = TRY(product_type(node, a, b));
  const ValueId left = TRY(centred(node, a, type));
  const ValueId right = TRY(centred(node, b, type));
  return node.finish("MatMul", TRY(node.attributes()), {left, right});
}

Status import_conv_integer(ImportNode& node) {
  const size_t rank = TRY(node.input_info(1)).shape.size();
  const Factor x = {.position = 0, .zero_point = 2};
  const Factor w = {.position = 1, .zero_point = 3, .behind = rank - 1};
  const ValueId image = TRY(centred(node, x, DataType::kInt32));
  const ValueId weights = TRY(centred(node, w, DataType::kInt32));
  return node.finish("Conv", TRY(window_attributes(node)), {image, weights});
}

Status import_qlinear_matmul(ImportNode& node) {
  const Factor a = {
      .position = 0, .zero_point = 2, .scale = 1, .behind = TRY(axes_behind_rows(node, 0))};
  const Factor b = {.position = 3, .zero_point = 5, .scale = 4};
  const DataType type = TRY(product_type(node, a, b));
  const ValueId left = TRY(centred(node, a, type));
  const ValueId right = TRY(centred(node, b, type));
  const ValueId product = TRY(node.add("MatMul", TRY(node.attributes()), {left, right}, "product"));
  return finish_scaled(node, product, type, a, b, 0);
}

Status import_qlinear_conv(ImportNode& node) {
  const size_t rank = TRY(node.input_info(3)).shape.size();
  const Factor x = {.position = 0, .zero_point = 2, .scale = 1};
  const Factor w = {.position = 3, .zero_point = 5, .scale = 4, .behind = rank - 1};
  const ValueId image = TRY(centred(node, x, DataType::kInt32));
  const ValueId weights = TRY(centred(node, w, DataType::kInt32));
  std::vector<ValueId> operands = {image, weights};
  if (node.has_input(8)) operands.push_back(node.input(8));
  const ValueId product =
      TRY(node.add("Conv", TRY(window_attributes(node)), std::move(operands), "product"));
  return finish_scaled(node, product, DataType::kInt32, x, w, rank - 2);
}

}  // namespace tenon::internal
