// What ops that move, count and address elements share: axes, operands that the host reads, known
// elements.
#pragma once

#include "tensor/value_info.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tenon::internal {

// Copies of at least so many bytes are worth handing to another thread.
inline constexpr int64_t kCopyGrainBytes = int64_t{1} << 16;

// `axis` counted from 0; a negative one counts from the end. Errors: InvalidArgument.
Result<size_t> normalize_axis(int64_t axis, size_t rank);

// The same for several, in their order. Errors: InvalidArgument, also for one that is named twice.
Result<std::vector<size_t>> normalize_axes(std::span<const int64_t> axes, size_t rank);

// Per axis of a tensor whether `axes` names it. Errors: as normalize_axes.
Result<std::vector<bool>> axis_mask(std::span<const int64_t> axes, size_t rank);

// The same for the elements of a tensor of indices into an axis of `extent`, in place. Errors:
// InvalidArgument for one outside the axis.
Status normalize_indices(std::span<int64_t> indices, int64_t extent);

// Whether operand `position` was given: optional operands may be omitted or left off.
bool has_operand(std::span<const ValueInfo> in, size_t position);
bool has_operand(std::span<const ConstTensorView> in, size_t position);

// The elements of a list of integers (i32 or i64, rank 1, or 0 for a single one) that decides
// shapes; `what` names it in messages. Errors: InvalidArgument for another type or rank;
// Unsupported where the elements are known only during the run.
Result<std::vector<Dim>> list_operand(const ValueInfo& operand, std::string_view what);

// The same for a list whose numbers must not depend on symbols. Errors: Unsupported where they do.
Result<std::vector<int64_t>> constant_list_operand(const ValueInfo& operand, std::string_view what);

// The dims if none is symbolic.
std::optional<Shape> constant_shape(const SymbolicShape& shape);

// `info` with these elements, row-major; without them where they are too many to be tracked, or one
// does not fit the type.
ValueInfo with_elements(ValueInfo info, std::vector<Dim> elements);

}  // namespace tenon::internal
