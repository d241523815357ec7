// What kernels need to know of layouts.
#pragma once

#include "device/tactic.h"
#include "ops/problem.h"
#include "ops/strided_copy.h"
#include "tensor/layout.h"

#include <tenon/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tenon::internal {

// Elements from one index of each axis to the next. `pitch`: elements from a row, the axis stored
// innermost, to the next; 0 where rows lie together.
std::vector<int64_t> layout_strides(Layout layout, const Shape& shape, int64_t pitch = 0);

// The axes in the order in which they are stored, outermost first.
std::vector<size_t> stored_axes(Layout layout, size_t rank);

// The same order for an operand of this shape that is stored in the layout, or with the pitch, and
// not, as the given one says, plain. The strides of an axis must lie within one axis of the
// operand: steps along it.
ReadOrder in_layout(const ReadOrder& plain, const Shape& operand, Layout layout, int64_t pitch = 0);

// BoundOperand::pitch in elements.
int64_t pitch_in_elements(const BoundOperand& operand);

// Why a kernel that walks over all tensors in the stored order of the result, to which the operands
// broadcast, cannot compute the problem, or empty.
std::string require_one_order(const Problem& problem);

}  // namespace tenon::internal
