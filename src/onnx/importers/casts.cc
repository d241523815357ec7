#include "onnx/importers/casts.h"

#include "base/try.h"

#include <string>

namespace tenon::internal {

Result<ValueId> add_cast(ImportNode& node, ValueId value, DataType from, DataType to,
                         std::string_view role) {
  if (from == to) return value;
  return node.add("Cast", {{"to", std::string(to_string(to))}}, {value}, role);
}

Result<ValueId> cast_operand(ImportNode& node, size_t index, DataType to, std::string_view role) {
  const DataType from = TRY(node.input_info(index)).type;
  return add_cast(node, node.input(index), from, to, role);
}

}  // namespace tenon::internal
