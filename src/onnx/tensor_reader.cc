#include "onnx/tensor_reader.h"

#include "base/bytes.h"
#include "base/text.h"
#include "base/try.h"
#include "onnx/import.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using protozero::pbf_reader;

// Indexed by TensorProto.DataType.
struct OnnxType {
  std::string_view name;
  DataType type = DataType::kUndefined;
};
constexpr std::array kOnnxTypes = {
    OnnxType{"UNDEFINED"},
    OnnxType{"FLOAT", DataType::kFloat32},
    OnnxType{"UINT8", DataType::kUInt8},
    OnnxType{"INT8", DataType::kInt8},
    OnnxType{"UINT16", DataType::kUInt16},
    OnnxType{"INT16", DataType::kInt16},
    OnnxType{"INT32", DataType::kInt32},
    OnnxType{"INT64", DataType::kInt64},
    OnnxType{"STRING"},
    OnnxType{"BOOL", DataType::kBool},
    OnnxType{"FLOAT16", DataType::kFloat16},
    OnnxType{"DOUBLE", DataType::kFloat64},
    OnnxType{"UINT32", DataType::kUInt32},
    OnnxType{"UINT64", DataType::kUInt64},
    OnnxType{"COMPLEX64"},
    OnnxType{"COMPLEX128"},
    OnnxType{"BFLOAT16", DataType::kBFloat16},
    OnnxType{"FLOAT8E4M3FN", DataType::kFloat8E4M3FN},
    OnnxType{"FLOAT8E4M3FNUZ", DataType::kFloat8E4M3FNUZ},
    OnnxType{"FLOAT8E5M2", DataType::kFloat8E5M2},
    OnnxType{"FLOAT8E5M2FNUZ", DataType::kFloat8E5M2FNUZ},
    OnnxType{"UINT4", DataType::kUInt4},
    OnnxType{"INT4", DataType::kInt4},
    OnnxType{"FLOAT4E2M1"},
    OnnxType{"FLOAT8E8M0"},
    OnnxType{"UINT2"},
    OnnxType{"INT2"},
};

// Field of TensorProto that holds elements of a type one by one where raw_data does not.
uint32_t typed_field(DataType type) {
  switch (type) {
    case DataType::kFloat32:
      return 4;  // float_data
    case DataType::kInt64:
      return 7;  // int64_data
    case DataType::kFloat64:
      return 10;  // double_data
    case DataType::kUInt32:
    case DataType::kUInt64:
      return 11;  // uint64_data
    default:
      return 5;  // int32_data
  }
}

bool is_fixed_width(DataType type) {
  return type == DataType::kFloat32 || type == DataType::kFloat64;
}

// Numbers of a packed field: fixed ones by size, varints by their last bytes.
size_t packed_count(std::string_view bytes, DataType type) {
  if (is_fixed_width(type)) return bytes.size() * 8 / static_cast<size_t>(bits_of(type));
  return static_cast<size_t>(std::count_if(bytes.begin(), bytes.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0x80U) == 0;
  }));
}

// The field's key where its numbers stand one by one.
uint32_t single_field(DataType type) {
  const uint32_t number = typed_field(type);
  if (type == DataType::kFloat32) return fixed32_field(number);
  if (type == DataType::kFloat64) return fixed64_field(number);
  return varint_field(number);
}

Result<size_t> count_typed_numbers(const Message& message, DataType type) {
  size_t count = 0;
  TRY_STATUS(for_each_field(message, "TensorProto", [&](pbf_reader& field) -> Status {
    const uint32_t key = field.tag_and_type();
    if (key == bytes_field(typed_field(type))) {
      count += packed_count(view_of(field), type);
      return ok_status();
    }
    field.skip();
    if (key == single_field(type)) ++count;
    return ok_status();
  }));
  return count;
}

// Writes numbers behind one another, never past the end.
class ElementWriter {
 public:
  explicit ElementWriter(std::span<std::byte> bytes) : rest_(bytes) {}

  template <class T>
  void write(T value) {
    if (rest_.size() < sizeof(T)) return;
    std::memcpy(rest_.data(), &value, sizeof(T));
    rest_ = rest_.subspan(sizeof(T));
  }

  // The low bytes of a varint.
  void write_low_bytes(uint64_t value, size_t size) {
    if (rest_.size() < size) return;
    std::memcpy(rest_.data(), &value, size);
    rest_ = rest_.subspan(size);
  }

 private:
  std::span<std::byte> rest_;
};

Status decode_typed_numbers(const Message& message, DataType type, ElementWriter& writer) {
  const uint32_t packed = bytes_field(typed_field(type));
  const uint32_t single = single_field(type);
  // Four-bit elements come as bytes of two.
  const size_t size = std::max<size_t>(1, static_cast<size_t>(bits_of(type)) / 8);
  const auto write_integer = [&](uint64_t value) {
    if (type == DataType::kBool) value = value != 0 ? 1 : 0;
    writer.write_low_bytes(value, size);
  };
  return for_each_field(message, "TensorProto", [&](pbf_reader& field) -> Status {
    const uint32_t key = field.tag_and_type();
    if (key != packed && key != single) {
      field.skip();
    } else if (type == DataType::kFloat32) {
      if (key == single)
        writer.write(field.get_float());
      else
        for (const float value : field.get_packed_float()) writer.write(value);
    } else if (type == DataType::kFloat64) {
      if (key == single)
        writer.write(field.get_double());
      else
        for (const double value : field.get_packed_double()) writer.write(value);
    } else if (key == single) {
      write_integer(field.get_uint64());
    } else {
      for (const uint64_t value : field.get_packed_uint64()) write_integer(value);
    }
    return ok_status();
  });
}

Result<HostTensor> read_typed(const TensorProto& proto, DataType type, int64_t size) {
  const size_t count = TRY(count_typed_numbers(proto.message, type));
  const size_t bytes_each = std::max<size_t>(1, static_cast<size_t>(bits_of(type)) / 8);
  if (count > SIZE_MAX / bytes_each || count * bytes_each != static_cast<uint64_t>(size)) {
    return corrupt("its elements are {} for a tensor {}{}", counted(count, "number"),
                   to_string(type), to_string(proto.dims));
  }
  Status decoded;
  HostTensor tensor = TRY(HostTensor::make(type, proto.dims, [&](std::span<std::byte> elements) {
    ElementWriter writer(elements);
    decoded = decode_typed_numbers(proto.message, type, writer);
  }));
  TRY_STATUS(decoded);
  return tensor;
}

// The elements as they lie in memory, viewed where the processor may read them in place.
Result<HostTensor> view_or_copy(DataType type, const Shape& dims, std::span<const std::byte> bytes,
                                std::shared_ptr<const void> owner) {
  const size_t alignment = std::max<size_t>(1, static_cast<size_t>(bits_of(type)) / 8);
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignment == 0) {
    return HostTensor::view(type, dims, bytes, std::move(owner));
  }
  return HostTensor::make(type, dims, [&](std::span<std::byte> elements) {
    std::memcpy(elements.data(), bytes.data(), bytes.size());
  });
}

struct ExternalRange {
  std::string_view location;
  uint64_t offset = 0;
  // Where it is not given, as long as the tensor.
  std::optional<uint64_t> length;
};

Result<ExternalRange> external_range(const TensorProto& proto) {
  ExternalRange range;
  const auto number = [](std::string_view key, std::string_view text) -> Result<uint64_t> {
    auto value = parse_number<uint64_t>(text);
    if (!value.ok())
      return corrupt("the {} {} of its external data is no number", key, quote(text));
    return value;
  };
  for (const auto& [key, value] : proto.external_data) {
    if (key == "location") range.location = value;
    if (key == "offset") range.offset = TRY(number(key, value));
    if (key == "length") range.length = TRY(number(key, value));
  }
  if (range.location.empty()) return corrupt("its external data has no location");
  return range;
}

Result<HostTensor> read_external(const TensorProto& proto, DataType type, int64_t size,
                                 ExternalFiles& files) {
  const ExternalRange range = TRY(external_range(proto));
  const auto wanted = static_cast<uint64_t>(size);
  if (range.length && *range.length != wanted) {
    return corrupt("its external data has {}, a tensor {}{} takes {}",
                   counted(*range.length, "byte"), to_string(type), to_string(proto.dims), wanted);
  }
  const std::shared_ptr<const MappedFile> file = TRY(files.open(range.location));
  if (range.offset > file->size() || wanted > file->size() - range.offset) {
    return corrupt("its external data lies at {} + {} bytes in {}, which ends at {}", range.offset,
                   wanted, quote(range.location), file->size());
  }
  return view_or_copy(
      type, proto.dims,
      file->bytes().subspan(static_cast<size_t>(range.offset), static_cast<size_t>(wanted)), file);
}

Result<HostTensor> read_elements(const TensorProto& proto, std::shared_ptr<const void> owner,
                                 ExternalFiles& files) {
  const DataType type = TRY(to_data_type(proto.data_type));
  if (proto.segmented)
    return unsupported("its elements come in segments, which no exporter writes");
  if (proto.dims.size() > kMaxRank) {
    return unsupported("it has {} dims, the limit is {}", proto.dims.size(), kMaxRank);
  }
  for (const int64_t dim : proto.dims) {
    if (dim < 0) return corrupt("its shape is {}", to_string(proto.dims));
  }
  const int64_t size = byte_size(type, proto.dims);
  if (proto.external) return read_external(proto, type, size, files);
  if (!proto.raw_data) return read_typed(proto, type, size);
  const std::span<const std::byte> raw = bytes_of(*proto.raw_data);
  if (raw.size() != static_cast<uint64_t>(size)) {
    return corrupt("its elements are {} for a tensor {}{}", counted(raw.size(), "byte"),
                   to_string(type), to_string(proto.dims));
  }
  return view_or_copy(type, proto.dims, raw, std::move(owner));
}

}  // namespace

Result<DataType> to_data_type(int32_t onnx_type) {
  const std::string_view name = onnx_type_name(onnx_type);
  if (name.empty()) return corrupt("element type {} is none of ONNX", onnx_type);
  const DataType type = kOnnxTypes[static_cast<size_t>(onnx_type)].type;
  if (type == DataType::kUndefined) {
    return unsupported("elements of type {} are not supported", name);
  }
  return type;
}

std::string_view onnx_type_name(int32_t onnx_type) {
  if (onnx_type <= 0 || static_cast<size_t>(onnx_type) >= kOnnxTypes.size()) return {};
  return kOnnxTypes[static_cast<size_t>(onnx_type)].name;
}

Result<std::shared_ptr<const MappedFile>> ExternalFiles::open(std::string_view location) {
  if (const auto known = files_.find(location); known != files_.end()) return known->second;
  if (folder_.empty()) {
    return invalid_argument(
        "its elements lie in the file {}: import the model from a file, or give the folder of its "
        "external data (ImportOptions::external_data_folder)",
        quote(location));
  }
  const std::filesystem::path path = TRY(resolve_inside(folder_, location, linked_folder_));
  std::shared_ptr<const MappedFile> file = TRY(MappedFile::open(path));
  files_.emplace(location, file);
  return file;
}

Result<HostTensor> read_tensor(const TensorProto& proto, std::shared_ptr<const void> owner,
                               ExternalFiles& files) {
  return TRY_CONTEXT(read_elements(proto, std::move(owner), files),
                     "while reading tensor " + quote(proto.name));
}

Result<HostTensor> read_tensor_proto(std::span<const std::byte> bytes,
                                     std::shared_ptr<const void> owner) {
  const TensorProto proto = TRY(read_tensor_message(bytes));
  if (proto.external) {
    return unsupported("the elements of tensor {} lie in another file", quote(proto.name));
  }
  ExternalFiles no_files{std::filesystem::path()};
  return read_tensor(proto, std::move(owner), no_files);
}

}  // namespace tenon::internal
