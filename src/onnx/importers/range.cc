#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "onnx/importers/importers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// More would be a larger constant than models have.
constexpr double kMaxCount = 1 << 24;

Result<double> constant_scalar(const ImportNode& node, size_t index) {
  const std::vector<double> numbers = TRY(node.constant_numbers(
      index, "start, limit or delta (other than i32 and i64 that follow from shapes)"));
  if (numbers.size() == 1) return numbers[0];
  return corrupt("its operand {} has {}, not one", index, counted(numbers.size(), "element"));
}

}  // namespace

Status import_range(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  if (node.version() >= 27 && TRY(take_int(attributes, "stash_type", 1)) != 1) {
    return unsupported("it counts in another type than f32 (stash_type is not 1)");
  }
  const DataType type = TRY(node.input_info(0)).type;
  if (type == DataType::kInt32 || type == DataType::kInt64) {
    return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
  }
  TRY_STATUS(check_all_taken(attributes));
  std::array<double, 3> operands;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (TRY(node.input_info(i)).type != type) return corrupt("its operands are not of one type");
    operands[i] = TRY(constant_scalar(node, i));
  }
  const auto [start, limit, delta] = operands;
  const double count = std::max(std::ceil((limit - start) / delta), 0.0);
  if (!(count <= kMaxCount)) {
    return unsupported("from {} to {} by {} there are more than {} numbers", start, limit, delta,
                       kMaxCount);
  }
  std::vector<double> numbers(static_cast<size_t>(count));
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = start + static_cast<double>(i) * delta;
  return node.finish_constant(
      TRY(HostTensor::of(type, {static_cast<int64_t>(numbers.size())}, numbers)));
}

}  // namespace tenon::internal
