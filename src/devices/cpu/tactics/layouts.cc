#include "devices/cpu/tactics/layouts.h"

#include <algorithm>
#include <cstdlib>

namespace tenon::internal {

std::vector<size_t> stored_axes(Layout layout, size_t rank) {
  std::vector<size_t> axes;
  for (const int64_t axis : storage_order(layout, rank)) axes.push_back(static_cast<size_t>(axis));
  return axes;
}

std::vector<int64_t> layout_strides(Layout layout, const Shape& shape, int64_t pitch) {
  const std::vector<size_t> axes = stored_axes(layout, shape.size());
  Shape stored;
  for (const size_t axis : axes) stored.push_back(shape[axis]);
  if (pitch != 0) stored.back() = pitch;
  const std::vector<int64_t> dense = dense_strides(stored);
  std::vector<int64_t> strides(shape.size());
  for (size_t i = 0; i < axes.size(); ++i) strides[axes[i]] = dense[i];
  return strides;
}

int64_t pitch_in_elements(const BoundOperand& operand) {
  return operand.pitch * 8 / bits_of(operand.type);
}

ReadOrder in_layout(const ReadOrder& plain, const Shape& operand, Layout layout, int64_t pitch) {
  if (layout == Layout::kPlain && pitch == 0) return plain;
  if (tenon::element_count(operand) == 0) return plain;
  const std::vector<int64_t> from = dense_strides(operand);
  const std::vector<int64_t> to = layout_strides(layout, operand, pitch);
  ReadOrder order = plain;
  for (size_t i = 0; i < order.shape.size(); ++i) {
    int64_t& stride = order.strides[i];
    if (stride == 0 || order.shape[i] == 1) continue;
    // Steps along an axis are less than its extent, so less than one step along the axis before.
    size_t axis = 0;
    while (operand[axis] == 1 || from[axis] > std::abs(stride)) ++axis;
    stride = stride / from[axis] * to[axis];
  }
  order.offset = 0;
  int64_t rest = plain.offset;
  for (size_t axis = 0; axis < operand.size(); ++axis) {
    order.offset += rest / from[axis] * to[axis];
    rest %= from[axis];
  }
  return order;
}

namespace {

// Whether the axes along which an operand has elements lie in the order in which those of the
// result lie that it broadcasts along.
bool lies_as(const ValueInfo& operand, const ValueInfo& out) {
  const std::vector<size_t> stored = stored_axes(out.layout, out.shape.size());
  const size_t added = out.shape.size() - operand.shape.size();
  auto place = stored.begin();
  for (const size_t axis : stored_axes(operand.layout, operand.shape.size())) {
    if (operand.shape[axis] == Dim(1)) continue;
    place = std::find(place, stored.end(), axis + added);
    if (place == stored.end()) return false;
  }
  return true;
}

}  // namespace

std::string require_one_order(const Problem& problem) {
  const ValueInfo& out = problem.outputs[0];
  const auto fits = [&out](const ValueInfo& operand) { return lies_as(operand, out); };
  if (std::ranges::all_of(problem.inputs, fits)) return {};
  return "its operands are stored in different orders";
}

}  // namespace tenon::internal
