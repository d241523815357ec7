// Casts that importers put around operands and results.
#pragma once

#include "onnx/import_node.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <string_view>

namespace tenon::internal {

// The value of this type as one of another.
Result<ValueId> add_cast(ImportNode& node, ValueId value, DataType from, DataType to,
                         std::string_view role);

// The same for an operand.
Result<ValueId> cast_operand(ImportNode& node, size_t index, DataType to, std::string_view role);

}  // namespace tenon::internal
