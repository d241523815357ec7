#include "onnx/model_reader.h"

#include "base/bytes.h"
#include "base/try.h"

namespace tenon::internal {
namespace {

using protozero::pbf_reader;

constexpr size_t kMaxMessageBytes = UINT32_MAX;
constexpr size_t kMaxNameBytes = 65536;
// Of graphs in attributes of nodes in graphs; bounds the recursion of everything that walks them.
constexpr int kMaxGraphDepth = 64;

// A name or other short text. What is longer would only burst messages and tables.
Status read_name(const Message& parent, pbf_reader& field, std::string_view& name) {
  const Message text = message_of(parent, field);
  if (text.bytes.size() > kMaxNameBytes) {
    return corrupt("malformed ONNX data: a name of {} bytes at byte {}, the limit is {}",
                   text.bytes.size(), text.offset, kMaxNameBytes);
  }
  name = text.bytes;
  return ok_status();
}

Status read_domain(const Message& parent, pbf_reader& field, std::string_view& domain) {
  TRY_STATUS(read_name(parent, field, domain));
  if (domain == "ai.onnx") domain = "";
  return ok_status();
}

Status read_string_entry(const Message& message,
                         std::pair<std::string_view, std::string_view>& entry) {
  return for_each_field(message, "StringStringEntryProto", [&](pbf_reader& field) -> Status {
    switch (field.tag_and_type()) {
      case bytes_field(1):
        return read_name(message, field, entry.first);
      case bytes_field(2):
        return read_name(message, field, entry.second);
      default:
        field.skip();
        return ok_status();
    }
  });
}

Status read_tensor(const Message& message, TensorProto& tensor) {
  tensor.message = message;
  return for_each_field(message, "TensorProto", [&](pbf_reader& field) -> Status {
    switch (field.tag_and_type()) {
      case varint_field(1):
        tensor.dims.push_back(field.get_int64());
        return ok_status();
      case bytes_field(1):
        for (const int64_t dim : field.get_packed_int64()) tensor.dims.push_back(dim);
        return ok_status();
      case varint_field(2):
        tensor.data_type = field.get_int32();
        return ok_status();
      case bytes_field(3):
        field.skip();
        tensor.segmented = true;
        return ok_status();
      case bytes_field(8):
        return read_name(message, field, tensor.name);
      case bytes_field(9):
        tensor.raw_data = view_of(field);
        return ok_status();
      case bytes_field(13):
        return read_string_entry(message_of(message, field), tensor.external_data.emplace_back());
      case varint_field(14):
        tensor.external = field.get_int32() == 1;
        return ok_status();
      default:
        field.skip();
        return ok_status();
    }
  });
}

Status read_dim(const Message& message, DimProto& dim) {
  return for_each_field(message, "TensorShapeProto.Dimension", [&](pbf_reader& field) -> Status {
    switch (field.tag_and_type()) {
      case varint_field(1):
        dim.value = field.get_int64();
        return ok_status();
      case bytes_field(2):
        return read_name(message, field, dim.name);
      default:
        field.skip();
        return ok_status();
    }
  });
}

Status read_shape(const Message& message, std::vector<DimProto>& dims) {
  return for_each_field(message, "TensorShapeProto", [&](pbf_reader& field) -> Status {
    if (field.tag_and_type() == bytes_field(1)) {
      return read_dim(message_of(message, field), dims.emplace_back());
    }
    field.skip();
    return ok_status();
  });
}

Status read_tensor_type(const Message& message, TypeProto& type) {
  return for_each_field(message, "TypeProto.Tensor", [&](pbf_reader& field) -> Status {
    switch (field.tag_and_type()) {
      case varint_field(1):
        type.element_type = field.get_int32();
        return ok_status();
      case bytes_field(2):
        if (!type.shape) type.shape.emplace();
        return read_shape(message_of(message, field), *type.shape);
      default:
        field.skip();
        return ok_status();
    }
  });
}

Status read_type(const Message& message, TypeProto& type) {
  using Kind = TypeProto::Kind;
  return for_each_field(message, "TypeProto", [&](pbf_reader& field) -> Status {
    const uint32_t key = field.tag_and_type();
    if (key == bytes_field(1)) {
      type.kind = Kind::kTensor;
      return read_tensor_type(message_of(message, field), type);
    }
    field.skip();
    if (key == bytes_field(4)) type.kind = Kind::kSequence;
    if (key == bytes_field(5)) type.kind = Kind::kMap;
    if (key == bytes_field(7)) type.kind = Kind::kOpaque;
    if (key == bytes_field(8)) type.kind = Kind::kSparseTensor;
    if (key == bytes_field(9)) type.kind = Kind::kOptional;
    return ok_status();
  });
}

Status read_value_info(const Message& message, ValueInfoProto& info) {
  return for_each_field(message, "ValueInfoProto", [&](pbf_reader& field) -> Status {
    switch (field.tag_and_type()) {
      case bytes_field(1):
        return read_name(message, field, info.name);
      case bytes_field(2):
        return read_type(message_of(message, field), info.type);
      default:
        field.skip();
        return ok_status();
    }
  });
}

Status read_opset(const Message& message, OperatorSetId& opset) {
  return for_each_field(message, "OperatorSetIdProto", [&](pbf_reader& field) -> Status {
    switch (field.tag_and_type()) {
      case bytes_field(1):
        return read_domain(message, field, opset.domain);
      case varint_field(2):
        opset.version = field.get_int64();
        return ok_status();
      default:
        field.skip();
        return ok_status();
    }
  });
}

Status read_graph(const Message& message, int depth, GraphProto& graph);

// The fields of an AttributeProto that hold values. `kind` is what the field that was read says of
// the attribute's kind, for models that do not state it.
Status read_attribute_value(const Message& message, pbf_reader& field, int depth,
                            AttributeProto& attribute, AttributeProto::Kind& kind) {
  using Kind = AttributeProto::Kind;
  switch (field.tag_and_type()) {
    case fixed32_field(2):
      kind = Kind::kFloat;
      attribute.float_value = field.get_float();
      return ok_status();
    case varint_field(3):
      kind = Kind::kInt;
      attribute.int_value = field.get_int64();
      return ok_status();
    case bytes_field(4):
      kind = Kind::kString;
      attribute.string_value = view_of(field);
      return ok_status();
    case fixed32_field(7):
      kind = Kind::kFloats;
      attribute.floats.push_back(field.get_float());
      return ok_status();
    case bytes_field(7):
      kind = Kind::kFloats;
      for (const float value : field.get_packed_float()) attribute.floats.push_back(value);
      return ok_status();
    case varint_field(8):
      kind = Kind::kInts;
      attribute.ints.push_back(field.get_int64());
      return ok_status();
    case bytes_field(8):
      kind = Kind::kInts;
      for (const int64_t value : field.get_packed_int64()) attribute.ints.push_back(value);
      return ok_status();
    case bytes_field(9):
      kind = Kind::kStrings;
      attribute.strings.push_back(view_of(field));
      return ok_status();
    case bytes_field(5):
    case bytes_field(10):
      kind = field.tag() == 5 ? Kind::kTensor : Kind::kTensors;
      return read_tensor(message_of(message, field), attribute.tensors.emplace_back());
    case bytes_field(6):
    case bytes_field(11):
      kind = field.tag() == 6 ? Kind::kGraph : Kind::kGraphs;
      return read_graph(message_of(message, field), depth + 1, attribute.graphs.emplace_back());
    case bytes_field(14):
    case bytes_field(15):
      kind = field.tag() == 14 ? Kind::kType : Kind::kTypes;
      return read_type(message_of(message, field), attribute.types.emplace_back());
    case bytes_field(22):
    case bytes_field(23):
      kind = field.tag() == 22 ? Kind::kSparseTensor : Kind::kSparseTensors;
      field.skip();
      return ok_status();
    default:
      field.skip();
      return ok_status();
  }
}

Status read_attribute(const Message& message, int depth, AttributeProto& attribute) {
  using Kind = AttributeProto::Kind;
  Kind found = Kind::kUndefined;
  int32_t stated = 0;
  TRY_STATUS(for_each_field(message, "AttributeProto", [&](pbf_reader& field) -> Status {
    switch (field.tag_and_type()) {
      case bytes_field(1):
        return read_name(message, field, attribute.name);
      case varint_field(20):
        stated = field.get_int32();
        return ok_status();
      case bytes_field(21):
        return read_name(message, field, attribute.reference);
      default:
        return read_attribute_value(message, field, depth, attribute, found);
    }
  }));
  if (stated < 0 || stated > static_cast<int32_t>(Kind::kTypes)) {
    return corrupt("malformed ONNX data: attribute kind {} in AttributeProto at byte {}", stated,
                   message.offset);
  }
  attribute.kind = stated == 0 ? found : static_cast<Kind>(stated);
  const bool lacks_value = (attribute.kind == Kind::kTensor && attribute.tensors.size() != 1) ||
                           (attribute.kind == Kind::kGraph && attribute.graphs.size() != 1) ||
                           (attribute.kind == Kind::kType && attribute.types.size() != 1);
  if (lacks_value && attribute.reference.empty()) {
    return corrupt("malformed ONNX data: no single value in AttributeProto at byte {}",
                   message.offset);
  }
  return ok_status();
}

Status read_node(const Message& message, int depth, NodeProto& node) {
  return for_each_field(message, "NodeProto", [&](pbf_reader& field) -> Status {
    switch (field.tag_and_type()) {
      case bytes_field(1):
        return read_name(message, field, node.inputs.emplace_back());
      case bytes_field(2):
        return read_name(message, field, node.outputs.emplace_back());
      case bytes_field(3):
        return read_name(message, field, node.name);
      case bytes_field(4):
        return read_name(message, field, node.op_type);
      case bytes_field(5):
        return read_attribute(message_of(message, field), depth, node.attributes.emplace_back());
      case bytes_field(7):
        return read_domain(message, field, node.domain);
      case bytes_field(8):
        return read_name(message, field, node.overload);
      default:
        field.skip();
        return ok_status();
    }
  });
}

Status read_graph(const Message& message, int depth, GraphProto& graph) {
  if (depth > kMaxGraphDepth) {
    return corrupt("malformed ONNX data: more than {} graphs inside one another at byte {}",
                   kMaxGraphDepth, message.offset);
  }
  return for_each_field(message, "GraphProto", [&](pbf_reader& field) -> Status {
    switch (field.tag_and_type()) {
      case bytes_field(1):
        return read_node(message_of(message, field), depth, graph.nodes.emplace_back());
      case bytes_field(2):
        return read_name(message, field, graph.name);
      case bytes_field(5):
        return read_tensor(message_of(message, field), graph.initializers.emplace_back());
      case bytes_field(11):
        return read_value_info(message_of(message, field), graph.inputs.emplace_back());
      case bytes_field(12):
        return read_value_info(message_of(message, field), graph.outputs.emplace_back());
      case bytes_field(15):
        graph.has_sparse_initializers = true;
        field.skip();
        return ok_status();
      default:
        field.skip();
        return ok_status();
    }
  });
}

Status read_function(const Message& message, FunctionProto& function) {
  return for_each_field(message, "FunctionProto", [&](pbf_reader& field) -> Status {
    switch (field.tag_and_type()) {
      case bytes_field(1):
        return read_name(message, field, function.name);
      case bytes_field(4):
        return read_name(message, field, function.inputs.emplace_back());
      case bytes_field(5):
        return read_name(message, field, function.outputs.emplace_back());
      case bytes_field(7):
        return read_node(message_of(message, field), 0, function.nodes.emplace_back());
      case bytes_field(9):
        return read_opset(message_of(message, field), function.opset_imports.emplace_back());
      case bytes_field(10):
        return read_domain(message, field, function.domain);
      case bytes_field(11):
        return read_attribute(message_of(message, field), 0, function.attributes.emplace_back());
      case bytes_field(13):
        return read_name(message, field, function.overload);
      default:
        field.skip();
        return ok_status();
    }
  });
}

Result<Message> whole_message(std::span<const std::byte> bytes) {
  if (bytes.size() > kMaxMessageBytes) {
    return unsupported(
        "the ONNX data is {} bytes long and protobuf ends at 4 GiB: store the weights as external "
        "data",
        bytes.size());
  }
  return Message{text_of(bytes), 0};
}

}  // namespace

Result<ModelProto> read_model(std::span<const std::byte> bytes) {
  const Message message = TRY(whole_message(bytes));
  ModelProto model;
  TRY_STATUS(for_each_field(message, "ModelProto", [&](pbf_reader& field) -> Status {
    switch (field.tag_and_type()) {
      case varint_field(1):
        model.ir_version = field.get_int64();
        return ok_status();
      case bytes_field(7):
        if (!model.graph) model.graph.emplace();
        return read_graph(message_of(message, field), 0, *model.graph);
      case bytes_field(8):
        return read_opset(message_of(message, field), model.opset_imports.emplace_back());
      case bytes_field(25):
        return read_function(message_of(message, field), model.functions.emplace_back());
      default:
        field.skip();
        return ok_status();
    }
  }));
  return model;
}

Result<TensorProto> read_tensor_message(std::span<const std::byte> bytes) {
  const Message message = TRY(whole_message(bytes));
  TensorProto tensor;
  TRY_STATUS(read_tensor(message, tensor));
  return tensor;
}

}  // namespace tenon::internal
