#include "devices/cpu/tactics/layouts.h"

#include <algorithm>
#include <cstdlib>

namespace tenon::internal {

std::vector<size_t> stored_axes(Layout layout, size_t rank) {
  std::vector<size_t> axes;
  for (const int64_t axis : storage_order(layout, rank)) axes.push_back(static_cast<size_t>(axis));
  return axes;
}

std::vector<int64_t> layout_strides(Layout layout, const Shape& shape) {
  const std::vector<size_t> axes = stored_axes(layout, shape.size());
  Shape stored;
  for (const size_t axis : axes) stored.push_back(shape[axis]);
  const std::vector<int64_t> dense = dense_strides(stored);
  std::vector<int64_t> strides(shape.size());
  for (size_t i = 0; i < axes.size(); ++i) strides[axes[i]] = dense[i];
  return strides;
}

ReadOrder in_layout(const ReadOrder& plain, const Shape& operand, Layout layout) {
  if (layout == Layout::kPlain || tenon::element_count(operand) == 0) return plain;
  const std::vector<int64_t> from = dense_strides(operand);
  const std::vector<int64_t> to = layout_strides(layout, operand);
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

std::string require_plain(const Problem& problem) {
  const auto is_plain = [](const ValueInfo& info) { return info.layout == Layout::kPlain; };
  if (std::ranges::all_of(problem.inputs, is_plain) &&
      std::ranges::all_of(problem.outputs, is_plain)) {
    return {};
  }
  return "it takes plain tensors";
}

std::string require_one_layout(const Problem& problem) {
  const ValueInfo& out = problem.outputs[0];
  // Channels are axis 1, so those of an operand with fewer axes are not the result's.
  const auto fits = [&out](const ValueInfo& info) {
    if (!has_channels_last(info.shape)) return true;
    return info.layout == out.layout &&
           (info.layout == Layout::kPlain || info.shape.size() == out.shape.size());
  };
  if (std::ranges::all_of(problem.inputs, fits)) return {};
  return "its operands differ in layout";
}

}  // namespace tenon::internal
