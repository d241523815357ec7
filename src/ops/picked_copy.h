// Dense copies of tensors whose elements are picked axis by axis: what padding, and resizing to the
// nearest neighbour, are.
#pragma once

#include "base/thread_pool.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

// For each position along one axis of the result, the one of the operand that it reads, or kFilled.
using PickedAxis = std::vector<int64_t>;
inline constexpr int64_t kFilled = -1;

// Element (i0, i1, …) of the result is (axes[0][i0], axes[1][i1], …) of the operand, or `fill`, an
// element of the same type, where one of these is kFilled; without any, `fill` may be null. `axes`
// is as long as both ranks. Errors: InvalidArgument unless `out` has as many positions as the axes;
// Unsupported for four-bit types.
Status copy_picked(std::span<const PickedAxis> axes, const ConstTensorView& in, const void* fill,
                   const TensorView& out, ThreadPool& pool);

}  // namespace tenon::internal
