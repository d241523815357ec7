// Tensors of indices as offsets into the data that they address: what gathering and scattering
// share, whether elements are named by a place along one axis or slices by several places.
#pragma once

#include "tensor/value_info.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

// An index for each element, which stands in the data where the index says along `axis` and where
// the element is along all others. Errors: InvalidArgument for other types than i64 and i32,
// another rank than that of the data, or more elements along another axis than the data has.
Status check_element_indices(const ValueInfo& data, const ValueInfo& indices, size_t axis);

// The offset in the data, in elements, for each index. The shapes are ones that the check accepts.
// Errors: InvalidArgument for an index outside the axis.
Result<std::vector<int64_t>> element_offsets(std::span<const int64_t> data,
                                             const ConstTensorView& indices, size_t axis);

// Vectors of indices along the last axis, each of which names a slice of the data: its places along
// the axes from `batch_axes` on, while the first axes of both are walked together.

// Errors: InvalidArgument for other types than i64 and i32, vectors that certainly do not index
// `axes` axes or more than the data has, or batch axes that differ.
Status check_slice_indices(const ValueInfo& data, const ValueInfo& indices, size_t batch_axes,
                           size_t axes);

// The offset of each slice, in elements. Errors: InvalidArgument for an index outside its axis.
Result<std::vector<int64_t>> slice_offsets(std::span<const int64_t> data,
                                           const ConstTensorView& indices, size_t batch_axes);

}  // namespace tenon::internal
