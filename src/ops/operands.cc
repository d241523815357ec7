#include "ops/operands.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"

#include <algorithm>
#include <utility>

namespace tenon::internal {
namespace {

// Whether an element of the type can have this value, for all that is known.
bool can_hold(DataType type, const Dim& value) {
  if (!value.is_constant()) return true;
  if (type == DataType::kBool) return value.constant() == 0 || value.constant() == 1;
  bool fits = false;
  const Status integer = dispatch_type<IntegerTypes>(
      type, [&]<class T>() { fits = std::in_range<T>(value.constant()); });
  return integer.ok() && fits;
}

bool is_integer_or_bool(DataType type) {
  return type == DataType::kBool || dispatch_type<IntegerTypes>(type, []<class T>() {}).ok();
}

}  // namespace

Result<size_t> normalize_axis(int64_t axis, size_t rank) {
  const auto signed_rank = static_cast<int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) {
    return invalid_argument("axis {} is outside a tensor of rank {}", axis, rank);
  }
  return static_cast<size_t>(axis < 0 ? axis + signed_rank : axis);
}

Result<std::vector<size_t>> normalize_axes(std::span<const int64_t> axes, size_t rank) {
  std::vector<size_t> normalized;
  normalized.reserve(axes.size());
  std::vector<bool> seen(rank);
  for (const int64_t axis : axes) {
    const size_t position = TRY(normalize_axis(axis, rank));
    if (seen[position]) return invalid_argument("axis {} is named twice", axis);
    seen[position] = true;
    normalized.push_back(position);
  }
  return normalized;
}

Result<std::vector<bool>> axis_mask(std::span<const int64_t> axes, size_t rank) {
  std::vector<bool> mask(rank);
  for (const size_t axis : TRY(normalize_axes(axes, rank))) mask[axis] = true;
  return mask;
}

Status normalize_indices(std::span<int64_t> indices, int64_t extent) {
  for (int64_t& index : indices) {
    if (index < -extent || index >= extent) {
      return invalid_argument("index {} is outside an axis of extent {}", index, extent);
    }
    if (index < 0) index += extent;
  }
  return ok_status();
}

bool has_operand(std::span<const ValueInfo> in, size_t position) {
  return position < in.size() && in[position].present();
}

bool has_operand(std::span<const ConstTensorView> in, size_t position) {
  return position < in.size() && in[position].type != DataType::kUndefined;
}

Result<std::vector<Dim>> list_operand(const ValueInfo& operand, std::string_view what) {
  if (operand.type != DataType::kInt64 && operand.type != DataType::kInt32) {
    return invalid_argument("the operand with the {} is {}; it must be i64 or i32", what,
                            to_string(operand));
  }
  if (operand.shape.size() > 1) {
    return invalid_argument("the operand with the {} is {}; it must be a list", what,
                            to_string(operand));
  }
  if (!operand.elements) {
    return unsupported(
        "the operand with the {} is computed from tensor data; it must follow from constants and "
        "shapes, because it decides the output's shape",
        what);
  }
  return *operand.elements;
}

Result<std::vector<int64_t>> constant_list_operand(const ValueInfo& operand,
                                                   std::string_view what) {
  std::vector<int64_t> values;
  for (const Dim& element : TRY(list_operand(operand, what))) {
    if (!element.is_constant()) {
      return unsupported(
          "the operand with the {} depends on a symbolic dimension ({}); it must be constant", what,
          element.to_string());
    }
    values.push_back(element.constant());
  }
  return values;
}

std::optional<Shape> constant_shape(const SymbolicShape& shape) {
  Shape constants;
  constants.reserve(shape.size());
  for (const Dim& dim : shape) {
    if (!dim.is_constant()) return std::nullopt;
    constants.push_back(dim.constant());
  }
  return constants;
}

ValueInfo with_elements(ValueInfo info, std::vector<Dim> elements) {
  info.elements.reset();
  if (is_integer_or_bool(info.type) && static_cast<int64_t>(elements.size()) <= kMaxKnownElements &&
      std::ranges::all_of(elements, [&](const Dim& value) { return can_hold(info.type, value); })) {
    info.elements = std::move(elements);
  }
  return info;
}

}  // namespace tenon::internal
