// Writes ONNX models for tests, message by message, also such as no exporter would write. Pieces
// are serialized messages: a test can cut or change them.
//
//   OnnxModel model;
//   model.inputs = {onnx_value("x", kOnnxFloat, {{"N", "3"}})};
//   model.nodes = {{.op_type = "Relu", .inputs = {"x"}, .outputs = {"y"}}};
//   model.outputs = {onnx_value("y", kOnnxFloat, {{"N", "3"}})};
//   const Bytes bytes = model.bytes();
#pragma once

#include <protozero/pbf_writer.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal::testing {

// TensorProto.DataType, as far as tests name it.
inline constexpr int32_t kOnnxFloat = 1;
inline constexpr int32_t kOnnxInt32 = 6;
inline constexpr int32_t kOnnxInt64 = 7;
inline constexpr int32_t kOnnxString = 8;
inline constexpr int32_t kOnnxBool = 9;

// A serialized message.
using Bytes = std::string;

inline std::span<const std::byte> onnx_bytes(const Bytes& message) {
  return std::as_bytes(std::span(message.data(), message.size()));
}

template <class T>
std::string raw_bytes(std::vector<T> values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// A TensorProto whose elements stand in raw_data.
inline Bytes onnx_tensor(std::string_view name, int32_t type, const std::vector<int64_t>& dims,
                         const std::string& raw) {
  Bytes message;
  protozero::pbf_writer writer(message);
  writer.add_packed_int64(1, dims.begin(), dims.end());
  writer.add_int32(2, type);
  writer.add_string(8, std::string(name));
  writer.add_bytes(9, raw);
  return message;
}

inline Bytes onnx_floats(std::string_view name, const std::vector<int64_t>& dims,
                         std::vector<float> values) {
  return onnx_tensor(name, kOnnxFloat, dims, raw_bytes(std::move(values)));
}

inline Bytes onnx_int64s(std::string_view name, const std::vector<int64_t>& dims,
                         std::vector<int64_t> values) {
  return onnx_tensor(name, kOnnxInt64, dims, raw_bytes(std::move(values)));
}

// A TensorProto whose elements lie in a file: keys and values of external_data.
inline Bytes onnx_external_tensor(std::string_view name, int32_t type,
                                  const std::vector<int64_t>& dims,
                                  const std::vector<std::pair<std::string, std::string>>& entries) {
  Bytes message;
  protozero::pbf_writer writer(message);
  writer.add_packed_int64(1, dims.begin(), dims.end());
  writer.add_int32(2, type);
  writer.add_string(8, std::string(name));
  for (const auto& [key, value] : entries) {
    protozero::pbf_writer entry(writer, 13);
    entry.add_string(1, key);
    entry.add_string(2, value);
  }
  writer.add_int32(14, 1);
  return message;
}

// A TensorShapeProto. Dims: a number, a name, or "" for one that is open.
inline Bytes onnx_shape(const std::vector<std::string>& dims) {
  Bytes message;
  protozero::pbf_writer writer(message);
  for (const std::string& text : dims) {
    Bytes dim;
    protozero::pbf_writer dim_writer(dim);
    const bool is_number =
        text.starts_with('-') || (!text.empty() && '0' <= text[0] && text[0] <= '9');
    if (is_number) {
      dim_writer.add_int64(1, std::stoll(text));
    } else if (!text.empty()) {
      dim_writer.add_string(2, text);
    }
    writer.add_message(1, dim);
  }
  return message;
}

// A ValueInfoProto of a tensor; without `dims` no shape is stated.
inline Bytes onnx_value(std::string_view name, int32_t type,
                        const std::optional<std::vector<std::string>>& dims) {
  Bytes tensor;
  protozero::pbf_writer tensor_writer(tensor);
  tensor_writer.add_int32(1, type);
  if (dims) tensor_writer.add_message(2, onnx_shape(*dims));
  Bytes value_type;
  protozero::pbf_writer(value_type).add_message(1, tensor);
  Bytes message;
  protozero::pbf_writer writer(message);
  writer.add_string(1, std::string(name));
  writer.add_message(2, value_type);
  return message;
}

// AttributeProtos by kind.
inline Bytes onnx_attribute(std::string_view name, int32_t kind, auto&& add_value) {
  Bytes message;
  protozero::pbf_writer writer(message);
  writer.add_string(1, std::string(name));
  add_value(writer);
  writer.add_int32(20, kind);
  return message;
}
inline Bytes onnx_float(std::string_view name, float value) {
  return onnx_attribute(name, 1, [&](auto& writer) { writer.add_float(2, value); });
}
inline Bytes onnx_int(std::string_view name, int64_t value) {
  return onnx_attribute(name, 2, [&](auto& writer) { writer.add_int64(3, value); });
}
inline Bytes onnx_string(std::string_view name, const std::string& value) {
  return onnx_attribute(name, 3, [&](auto& writer) { writer.add_bytes(4, value); });
}
inline Bytes onnx_tensor_attribute(std::string_view name, const Bytes& tensor) {
  return onnx_attribute(name, 4, [&](auto& writer) { writer.add_message(5, tensor); });
}
inline Bytes onnx_graph_attribute(std::string_view name, const Bytes& graph) {
  return onnx_attribute(name, 5, [&](auto& writer) { writer.add_message(6, graph); });
}
inline Bytes onnx_float_list(std::string_view name, const std::vector<float>& values) {
  return onnx_attribute(
      name, 6, [&](auto& writer) { writer.add_packed_float(7, values.begin(), values.end()); });
}
inline Bytes onnx_ints(std::string_view name, const std::vector<int64_t>& values) {
  return onnx_attribute(
      name, 7, [&](auto& writer) { writer.add_packed_int64(8, values.begin(), values.end()); });
}
inline Bytes onnx_strings(std::string_view name, const std::vector<std::string>& values) {
  return onnx_attribute(name, 8, [&](auto& writer) {
    for (const std::string& value : values) writer.add_bytes(9, value);
  });
}
// In a function's body: the value is that of attribute `source` of the call.
inline Bytes onnx_reference(std::string_view name, int32_t kind, const std::string& source) {
  return onnx_attribute(name, kind, [&](auto& writer) { writer.add_string(21, source); });
}

struct OnnxNode {
  std::string op_type;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<Bytes> attributes = {};
  std::string name = {};
  std::string domain = {};

  Bytes bytes() const {
    Bytes message;
    protozero::pbf_writer writer(message);
    for (const std::string& input : inputs) writer.add_string(1, input);
    for (const std::string& output : outputs) writer.add_string(2, output);
    if (!name.empty()) writer.add_string(3, name);
    writer.add_string(4, op_type);
    for (const Bytes& attribute : attributes) writer.add_message(5, attribute);
    if (!domain.empty()) writer.add_string(7, domain);
    return message;
  }
};

using OnnxOpsets = std::vector<std::pair<std::string, int64_t>>;

inline void add_opsets(protozero::pbf_writer& writer, uint32_t field, const OnnxOpsets& opsets) {
  for (const auto& [domain, version] : opsets) {
    protozero::pbf_writer opset(writer, field);
    opset.add_string(1, domain);
    opset.add_int64(2, version);
  }
}

struct OnnxFunction {
  std::string name;
  std::string domain = {};
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<OnnxNode> nodes;
  // Attributes with a default.
  std::vector<Bytes> attributes = {};
  OnnxOpsets opsets = {{"", 17}};

  Bytes bytes() const {
    Bytes message;
    protozero::pbf_writer writer(message);
    writer.add_string(1, name);
    for (const std::string& input : inputs) writer.add_string(4, input);
    for (const std::string& output : outputs) writer.add_string(5, output);
    for (const OnnxNode& node : nodes) writer.add_message(7, node.bytes());
    add_opsets(writer, 9, opsets);
    writer.add_string(10, domain);
    for (const Bytes& attribute : attributes) writer.add_message(11, attribute);
    return message;
  }
};

struct OnnxModel {
  int64_t ir_version = 8;
  OnnxOpsets opsets = {{"", 17}};
  std::vector<OnnxNode> nodes = {};
  std::vector<Bytes> initializers = {};
  std::vector<Bytes> inputs = {};
  std::vector<Bytes> outputs = {};
  std::vector<OnnxFunction> functions = {};

  Bytes graph_bytes() const {
    Bytes message;
    protozero::pbf_writer writer(message);
    for (const OnnxNode& node : nodes) writer.add_message(1, node.bytes());
    writer.add_string(2, "test");
    for (const Bytes& tensor : initializers) writer.add_message(5, tensor);
    for (const Bytes& input : inputs) writer.add_message(11, input);
    for (const Bytes& output : outputs) writer.add_message(12, output);
    return message;
  }

  Bytes bytes() const {
    Bytes message;
    protozero::pbf_writer writer(message);
    writer.add_int64(1, ir_version);
    add_opsets(writer, 8, opsets);
    writer.add_message(7, graph_bytes());
    for (const OnnxFunction& function : functions) writer.add_message(25, function.bytes());
    return message;
  }
};

}  // namespace tenon::internal::testing
