#include "onnx/importers/quantized.h"

#include "base/data_types.h"
#include "base/try.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {

Result<ValueId> add_axes_behind(ImportNode& node, ValueId vector, const SymbolicShape& shape,
                                size_t behind, std::string_view role) {
  if (shape.size() != 1 || shape[0] == Dim(1) || behind == 0) return vector;
  std::vector<int64_t> axes;
  for (size_t i = 1; i <= behind; ++i) axes.push_back(static_cast<int64_t>(i));
  const ValueId list = TRY(node.add_int64s(axes, std::string(role) + "_axes"));
  return node.add("Unsqueeze", {}, {vector, list}, role);
}

bool is_zero_point(const ImportNode& node, size_t index) {
  if (!node.has_input(index)) return true;
  const std::optional<HostTensor> tensor = node.constant(index);
  return tensor &&
         std::ranges::all_of(tensor->bytes(), [](std::byte byte) { return byte == std::byte{0}; });
}

Status finish_quantized(ImportNode& node, size_t index, ValueId quotient, ValueId zero_point,
                        DataType to, AttributeMap cast_attributes) {
  ValueId value = quotient;
  if (!is_floating(to)) value = TRY(node.add("Round", {}, {value}, "rounded"));
  if (zero_point.valid()) value = TRY(node.add("Add", {}, {value, zero_point}, "shifted"));
  cast_attributes.emplace("to", std::string(to_string(to)));
  return node.finish_output(index, "Cast", cast_attributes, {value});
}

}  // namespace tenon::internal
