// Dense copies of tensors whose elements are read in another order: what transposing, slicing and
// expanding are.
#pragma once

#include "base/thread_pool.h"
#include "tensor/dim.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

// Element (i0, i1, …) of the result is element offset + i0 * strides[0] + i1 * strides[1] + … of
// the operand. All of these lie inside the operand.
struct ReadOrder {
  // Of the result.
  Shape shape;
  // In elements, one for each axis of the result; 0 repeats, negative ones walk backwards.
  std::vector<int64_t> strides;
  int64_t offset = 0;
};

// Strides of a dense row-major tensor, in elements.
std::vector<int64_t> dense_strides(std::span<const int64_t> shape);

// Writes the operand in this order. Errors: InvalidArgument unless `out` has the order's shape;
// Unsupported for four-bit types.
Status copy_in_order(const ReadOrder& order, const ConstTensorView& in, const TensorView& out,
                     ThreadPool& pool);

// The same for known elements.
std::vector<Dim> in_order(const ReadOrder& order, std::span<const Dim> elements);

}  // namespace tenon::internal
