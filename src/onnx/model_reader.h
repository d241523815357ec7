// ONNX's messages as plain structs. Strings and tensor data are views into the bytes that were
// read; what Tenon has no use for (documentation, metadata, value_info) is skipped.
#pragma once

#include "onnx/wire.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {

struct GraphProto;

struct TensorProto {
  std::string_view name;
  std::vector<int64_t> dims;
  // TensorProto.DataType; see to_data_type().
  int32_t data_type = 0;
  std::optional<std::string_view> raw_data;
  // data_location is EXTERNAL: the elements lie in a file that external_data (keys and values)
  // describes.
  bool external = false;
  std::vector<std::pair<std::string_view, std::string_view>> external_data;
  bool segmented = false;
  // All of it: float_data and the like are decoded when the tensor is made.
  Message message;
};

struct DimProto {
  // Neither a value nor a name: an open dim.
  std::optional<int64_t> value;
  std::string_view name;
};

struct TypeProto {
  enum class Kind : uint8_t { kNone, kTensor, kSparseTensor, kSequence, kMap, kOptional, kOpaque };
  Kind kind = Kind::kNone;
  // Of a kTensor.
  int32_t element_type = 0;
  std::optional<std::vector<DimProto>> shape;
};

struct ValueInfoProto {
  std::string_view name;
  TypeProto type;
};

struct AttributeProto {
  // As numbered by ONNX.
  enum class Kind : uint8_t {
    kUndefined,
    kFloat,
    kInt,
    kString,
    kTensor,
    kGraph,
    kFloats,
    kInts,
    kStrings,
    kTensors,
    kGraphs,
    kSparseTensor,
    kSparseTensors,
    kType,
    kTypes,
  };
  std::string_view name;
  // In the body of a function: the attribute of the calling node that gives the value.
  std::string_view reference;
  Kind kind = Kind::kUndefined;
  float float_value = 0;
  int64_t int_value = 0;
  std::string_view string_value;
  std::vector<float> floats;
  std::vector<int64_t> ints;
  std::vector<std::string_view> strings;
  // One for kTensor, kGraph and kType.
  std::vector<TensorProto> tensors;
  std::vector<GraphProto> graphs;
  std::vector<TypeProto> types;
};

struct NodeProto {
  std::string_view name;
  std::string_view op_type;
  // "" is ONNX's own, "ai.onnx", which is read as "".
  std::string_view domain;
  std::string_view overload;
  // "" for one that is left out.
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::vector<AttributeProto> attributes;
};

struct GraphProto {
  std::string_view name;
  std::vector<NodeProto> nodes;
  std::vector<TensorProto> initializers;
  bool has_sparse_initializers = false;
  std::vector<ValueInfoProto> inputs;
  std::vector<ValueInfoProto> outputs;
};

struct OperatorSetId {
  std::string_view domain;
  int64_t version = 0;
};

struct FunctionProto {
  std::string_view name;
  std::string_view domain;
  std::string_view overload;
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  // Attributes with a default.
  std::vector<AttributeProto> attributes;
  std::vector<NodeProto> nodes;
  std::vector<OperatorSetId> opset_imports;
};

struct ModelProto {
  int64_t ir_version = 0;
  std::vector<OperatorSetId> opset_imports;
  std::optional<GraphProto> graph;
  std::vector<FunctionProto> functions;
};

// Views `bytes`, which must outlive the result. Errors: CorruptData with the offset for what is no
// protobuf, for subgraphs nested deeper than any exporter does and for names of more than 64 KiB;
// Unsupported for 4 GiB and more, the limit of protobuf.
Result<ModelProto> read_model(std::span<const std::byte> bytes);

// One TensorProto. The same errors.
Result<TensorProto> read_tensor_message(std::span<const std::byte> bytes);

}  // namespace tenon::internal
