#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "onnx/importers/importers.h"
#include "onnx/messages.h"

#include <algorithm>
#include <utility>

namespace tenon::internal {
namespace {

Result<HostTensor> floats(Shape shape, std::span<const float> values) {
  return HostTensor::make(DataType::kFloat32, std::move(shape), [&](std::span<std::byte> bytes) {
    std::ranges::copy(std::as_bytes(values), bytes.begin());
  });
}

Result<HostTensor> constant_value(ImportNode& node, const NodeAttribute& given) {
  const AttributeProto& value = *given.value;
  using Kind = AttributeProto::Kind;
  const auto size = [](const auto& list) { return Shape{static_cast<int64_t>(list.size())}; };
  const auto is = [&](std::string_view name, Kind kind) {
    return given.name == name && value.kind == kind;
  };
  if (is("value", Kind::kTensor)) return node.tensor(value);
  if (is("value_float", Kind::kFloat)) return floats({}, std::span(&value.float_value, 1));
  if (is("value_floats", Kind::kFloats)) return floats(size(value.floats), value.floats);
  if (is("value_int", Kind::kInt)) return HostTensor::of_int64({}, std::span(&value.int_value, 1));
  if (is("value_ints", Kind::kInts)) return HostTensor::of_int64(size(value.ints), value.ints);
  if (given.name == "sparse_value" || given.name == "value_string" ||
      given.name == "value_strings") {
    return unsupported("its value is {}, only dense numbers can be imported",
                       name_text(given.name));
  }
  return corrupt("its attribute {} is not known, or not of that kind", name_text(given.name));
}

}  // namespace

Status import_constant(ImportNode& node) {
  if (node.node_attributes().size() != 1) {
    return corrupt("it has {}, one gives the value",
                   counted(node.node_attributes().size(), "attribute"));
  }
  return node.finish_constant(TRY(constant_value(node, node.node_attributes().front())));
}

Status import_constant_of_shape(ImportNode& node) {
  HostTensor value = TRY(HostTensor::of(DataType::kFloat32, {1}, {{0}}));
  for (const NodeAttribute& attribute : node.node_attributes()) {
    if (attribute.name != "value") {
      return corrupt("its attribute {} is not known", name_text(attribute.name));
    }
    value = TRY(node.tensor(*attribute.value));
  }
  if (value.elements() != 1) {
    return corrupt("its attribute 'value' has {}, not one", counted(value.elements(), "element"));
  }
  HostTensor scalar = TRY(HostTensor::make(value.type(), {}, [&](std::span<std::byte> bytes) {
    std::ranges::copy(value.bytes(), bytes.begin());
  }));
  const ValueId element = TRY(node.add_constant(std::move(scalar), "value"));
  return node.finish(node.op(), {}, {element, node.input(0)});
}

// Inference drops nothing. Until opset 11 that was a matter of how a model was run; from then on,
// of its third operand.
Status import_dropout(ImportNode& node) {
  if (node.has_input(2)) {
    const ValueInfo training = TRY(node.input_info(2));
    if (!training.elements || training.elements->size() != 1 ||
        training.elements->front() != Dim(0)) {
      return unsupported("its operand training_mode is not the constant false");
    }
  }
  TRY_STATUS(node.finish_output(0, "Identity", {}, {node.input(0)}));
  if (node.outputs().size() < 2 || !node.outputs()[1].used) return ok_status();
  // The mask of what is kept; of x's type until opset 9.
  const DataType type = node.version() < 10 ? TRY(node.input_info(0)).type : DataType::kBool;
  const ValueId kept = TRY(node.add_constant(TRY(HostTensor::of(type, {}, {{1}})), "kept"));
  const ValueId shape = TRY(node.add("Shape", {}, {node.input(0)}, "shape"));
  return node.finish_output(1, "Expand", {}, {kept, shape});
}

}  // namespace tenon::internal
