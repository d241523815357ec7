#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"
#include "onnx/tensor_reader.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace tenon::internal {
namespace {

bool is_index_type(DataType type) { return type == DataType::kInt64 || type == DataType::kInt32; }

}  // namespace

// Indices and the depth may be of any numeric type.
Status import_one_hot(ImportNode& node) {
  const AttributeMap attributes = TRY(node.attributes());
  ValueId indices = node.input(0);
  if (!is_index_type(TRY(node.input_info(0)).type)) {
    const AttributeMap to_i64 = {{"to", std::string(to_string(DataType::kInt64))}};
    indices = TRY(node.add("Cast", to_i64, {indices}, "indices"));
  }
  ValueId depth = node.input(1);
  if (!is_index_type(TRY(node.input_info(1)).type)) {
    const std::vector<double> numbers = TRY(node.constant_numbers(1, "depth"));
    if (numbers.size() != 1 || !(std::abs(numbers[0]) < INT32_MAX)) {
      return corrupt("its depth is not one number that an extent can be");
    }
    depth = TRY(node.add_int64s({{static_cast<int64_t>(numbers[0])}}, "depth"));
  }
  return node.finish(node.op(), attributes, {indices, depth, node.input(2)});
}

Status import_eye_like(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  if (attributes.contains("dtype")) {
    const int64_t number = TRY(take_int(attributes, "dtype", 0));
    if (number < 0 || number > INT32_MAX) return corrupt("its attribute 'dtype' is {}", number);
    const DataType type = TRY(to_data_type(static_cast<int32_t>(number)));
    attributes.emplace("dtype", std::string(to_string(type)));
  }
  return node.finish(node.op(), attributes, {node.input(0)});
}

}  // namespace tenon::internal
