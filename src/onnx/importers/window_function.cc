#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"
#include "onnx/tensor_reader.h"

#include <array>
#include <cstdint>
#include <numbers>
#include <string>

namespace tenon::internal {
namespace {

// a[0] - a[1] cos(2 pi i / n) + a[2] cos(4 pi i / n) for each i of the window, n being its size, or
// one less where it is symmetric. In f64, which the passes fold where the size is a constant.
Status import_cosine_sum(ImportNode& node, const std::array<double, 3>& a) {
  AttributeMap attributes = TRY(node.attributes());
  const bool periodic = TRY(take_int(attributes, "periodic", 1)) != 0;
  const int64_t number = TRY(take_int(attributes, "output_datatype", 1));
  TRY_STATUS(check_all_taken(attributes));
  if (number < 0 || number > INT32_MAX) {
    return corrupt("its attribute 'output_datatype' is {}", number);
  }
  const DataType type = TRY(to_data_type(static_cast<int32_t>(number)));

  const AttributeMap to_f64 = {{"to", std::string(to_string(DataType::kFloat64))}};
  const auto scalar = [&](DataType of, double value, std::string_view role) -> Result<ValueId> {
    return node.add_constant(TRY(HostTensor::of(of, {}, {{value}})), role);
  };
  const DataType size_type = TRY(node.input_info(0)).type;
  const ValueId first = TRY(scalar(size_type, 0, "first"));
  const ValueId step = TRY(scalar(size_type, 1, "step"));
  const ValueId range = TRY(node.add("Range", {}, {first, node.input(0), step}, "range"));
  const ValueId length =
      periodic ? node.input(0) : TRY(node.add("Sub", {}, {node.input(0), step}, "length"));
  const ValueId index = TRY(node.add("Cast", to_f64, {range}, "index"));
  const ValueId divisor = TRY(node.add("Cast", to_f64, {length}, "divisor"));
  const ValueId turns = TRY(node.add("Div", {}, {index, divisor}, "turns"));

  ValueId sum = TRY(scalar(DataType::kFloat64, a[0], "constant_term"));
  for (size_t i = 1; i < a.size(); ++i) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(i);
    const ValueId radians = TRY(scalar(DataType::kFloat64, turn, "radians"));
    const ValueId factor = TRY(scalar(DataType::kFloat64, i % 2 == 0 ? a[i] : -a[i], "factor"));
    const ValueId angle = TRY(node.add("Mul", {}, {turns, radians}, "angle"));
    const ValueId cosine = TRY(node.add("Cos", {}, {angle}, "cosine"));
    const ValueId term = TRY(node.add("Mul", {}, {cosine, factor}, "term"));
    sum = TRY(node.add("Add", {}, {sum, term}, "sum"));
  }
  return node.finish("Cast", {{"to", std::string(to_string(type))}}, {sum});
}

}  // namespace

Status import_hann_window(ImportNode& node) { return import_cosine_sum(node, {0.5, 0.5, 0}); }
Status import_hamming_window(ImportNode& node) {
  return import_cosine_sum(node, {25.0 / 46, 21.0 / 46, 0});
}
Status import_blackman_window(ImportNode& node) {
  return import_cosine_sum(node, {0.42, 0.5, 0.08});
}

}  // namespace tenon::internal
