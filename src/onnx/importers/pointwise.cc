#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"
#include "onnx/messages.h"
#include "onnx/tensor_reader.h"

#include <cstdint>
#include <numeric>
#include <utility>

namespace tenon::internal {
namespace {

std::vector<ValueId> operands(const ImportNode& node) {
  return {node.inputs().begin(), node.inputs().end()};
}

// Number of TensorProto.DataType for the name that opsets 1 to 5 write.
Result<DataType> type_named(std::string_view name) {
  for (int32_t number = 1; number <= 16; ++number) {
    if (onnx_type_name(number) == name) return to_data_type(number);
  }
  return corrupt("its attribute 'to' is {}, which is no element type", name_text(name));
}

}  // namespace

Status import_axis_broadcast(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const bool broadcast = TRY(take_int(attributes, "broadcast", 0)) != 0;
  const auto a_rank = static_cast<int64_t>(TRY(node.input_info(0)).shape.size());
  const auto b_rank = static_cast<int64_t>(TRY(node.input_info(1)).shape.size());
  const bool from_the_end = !attributes.contains("axis");
  int64_t axis = TRY(take_int(attributes, "axis", 0));
  if (axis < 0) axis += a_rank;
  std::vector<ValueId> inputs = operands(node);
  if (!broadcast || from_the_end) return node.finish(node.op(), attributes, std::move(inputs));

  if (axis < 0 || axis + b_rank > a_rank) {
    return corrupt("an operand of {} dims cannot be broadcast from axis {} on to one of {}", b_rank,
                   axis, a_rank);
  }
  std::vector<int64_t> behind(static_cast<size_t>(a_rank - axis - b_rank));
  std::iota(behind.begin(), behind.end(), b_rank);
  if (!behind.empty()) {
    const ValueId axes = TRY(node.add_int64s(behind, "axes"));
    inputs[1] = TRY(node.add("Unsqueeze", {}, {inputs[1], axes}, "aligned"));
  }
  return node.finish(node.op(), attributes, std::move(inputs));
}

Status import_cast(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  DataType type = DataType::kUndefined;
  if (node.version() < 6) {
    type = TRY(type_named(TRY(take_string(attributes, "to", ""))));
  } else {
    const int64_t number = TRY(take_int(attributes, "to", 0));
    if (number < 0 || number > INT32_MAX) return corrupt("its attribute 'to' is {}", number);
    type = TRY(to_data_type(static_cast<int32_t>(number)));
  }
  // Only matters to a type that Tenon lacks, FLOAT8E8M0.
  TRY(take_string(attributes, "round_mode", ""));
  attributes.emplace("to", std::string(to_string(type)));
  return node.finish(node.op(), attributes, operands(node));
}

}  // namespace tenon::internal
