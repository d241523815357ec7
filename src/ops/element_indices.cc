#include "ops/element_indices.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/strided_copy.h"
#include "tensor/host_tensor.h"

namespace tenon::internal {

Status check_element_indices(const ValueInfo& data, const ValueInfo& indices, size_t axis) {
  TRY_STATUS(require_indices(indices));
  bool fits = indices.shape.size() == data.shape.size();
  for (size_t i = 0; fits && i < data.shape.size(); ++i) {
    const Dim& there = data.shape[i];
    const Dim& wanted = indices.shape[i];
    fits = i == axis || !there.is_constant() || !wanted.is_constant() ||
           wanted.constant() <= there.constant();
  }
  if (fits) return ok_status();
  return invalid_argument("indices {} must lie inside of data {} along all axes but {}",
                          to_string(indices.shape), to_string(data.shape), axis);
}

Result<std::vector<int64_t>> element_offsets(std::span<const int64_t> data,
                                             const ConstTensorView& indices, size_t axis) {
  std::vector<int64_t> offsets = TRY(to_int64s(indices));
  TRY_STATUS(normalize_indices(offsets, data[axis]));
  const std::vector<int64_t> strides = dense_strides(data);
  const std::span<const int64_t> shape(indices.shape);
  // Where the element is along the axes, and the offset from all of them but `axis`.
  std::vector<int64_t> position(shape.size(), 0);
  int64_t base = 0;
  for (int64_t& offset : offsets) {
    offset = base + offset * strides[axis];
    for (size_t i = shape.size(); i-- > 0;) {
      const int64_t stride = i == axis ? 0 : strides[i];
      base += stride;
      if (++position[i] < shape[i]) break;
      base -= stride * position[i];
      position[i] = 0;
    }
  }
  return offsets;
}

Status check_slice_indices(const ValueInfo& data, const ValueInfo& indices, size_t batch_axes,
                           size_t axes) {
  TRY_STATUS(require_indices(indices));
  bool fits = batch_axes < indices.shape.size() && batch_axes + axes <= data.shape.size() &&
              !certainly_differ(indices.shape.back(), static_cast<int64_t>(axes));
  for (size_t i = 0; fits && i < batch_axes; ++i) {
    fits = !certainly_differ(indices.shape[i], data.shape[i]);
  }
  if (fits) return ok_status();
  return invalid_argument("indices {} cannot name {} axes of data {} behind {} batch axes",
                          to_string(indices.shape), axes, to_string(data.shape), batch_axes);
}

Result<std::vector<int64_t>> slice_offsets(std::span<const int64_t> data,
                                           const ConstTensorView& indices, size_t batch_axes) {
  const std::vector<int64_t> numbers = TRY(to_int64s(indices));
  const std::span<const int64_t> shape(indices.shape);
  const auto axes = static_cast<size_t>(shape.back());
  const int64_t slices = tenon::element_count(shape.first(shape.size() - 1));
  const int64_t batches = tenon::element_count(shape.first(batch_axes));
  const int64_t batch_stride = tenon::element_count(data.subspan(batch_axes));
  const std::vector<int64_t> strides = dense_strides(data);
  std::vector<int64_t> offsets(static_cast<size_t>(slices), 0);
  for (int64_t slice = 0; slice < slices; ++slice) {
    int64_t& offset = offsets[static_cast<size_t>(slice)];
    offset = slice / (slices / batches) * batch_stride;
    for (size_t i = 0; i < axes; ++i) {
      int64_t index = numbers[static_cast<size_t>(slice) * axes + i];
      TRY_STATUS(normalize_indices({&index, 1}, data[batch_axes + i]));
      offset += index * strides[batch_axes + i];
    }
  }
  return offsets;
}

}  // namespace tenon::internal
