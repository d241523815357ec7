// What importers of operators on quantized numbers share. All are what their definitions say: casts
// and arithmetic. A cast to an integer type saturates, so that none needs clipping before it.
#pragma once

#include "onnx/import_node.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <string_view>

namespace tenon::internal {

// A vector with so many axes of extent 1 behind it, so that it broadcasts along an earlier axis. A
// tensor of another rank, or of one element, is left as it is.
Result<ValueId> add_axes_behind(ImportNode& node, ValueId vector, const SymbolicShape& shape,
                                size_t behind, std::string_view role);

// Whether an operand is left out, or a constant of zeros.
bool is_zero_point(const ImportNode& node, size_t index);

// Output `index` of the node: f32 `quotient` rounded, unless `to` is a floating type, with the f32
// zero point added if there is one, and cast with these attributes.
Status finish_quantized(ImportNode& node, size_t index, ValueId quotient, ValueId zero_point,
                        DataType to, AttributeMap cast_attributes = {});

}  // namespace tenon::internal
