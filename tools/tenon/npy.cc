#include "npy.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace tenon::cli {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

struct TypeName {
  DataType type;
  std::string_view name;
};

constexpr std::array<TypeName, 12> kTypeNames = {{
    {DataType::kFloat32, "<f4"},
    {DataType::kFloat64, "<f8"},
    {DataType::kFloat16, "<f2"},
    {DataType::kInt8, "|i1"},
    {DataType::kUInt8, "|u1"},
    {DataType::kInt16, "<i2"},
    {DataType::kUInt16, "<u2"},
    {DataType::kInt32, "<i4"},
    {DataType::kUInt32, "<u4"},
    {DataType::kInt64, "<i8"},
    {DataType::kUInt64, "<u8"},
    {DataType::kBool, "|b1"},
}};

Error corrupt(std::string_view what) {
  return {ErrorKind::kCorruptData, fmt::format("this is no .npy file: {}", what)};
}

// The text behind "'key':" of the header's dictionary, which NumPy writes with sorted, known keys.
std::optional<std::string_view> entry(std::string_view header, std::string_view key) {
  const size_t at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = header.substr(at + key.size() + 3);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest;
}

// The type that a quoted descr names, kUndefined where Tenon lacks it.
DataType parse_type(std::string_view descr) {
  if (!descr.starts_with('\'') && !descr.starts_with('"')) return DataType::kUndefined;
  const size_t end = descr.find(descr[0], 1);
  if (end == std::string_view::npos) return DataType::kUndefined;
  const std::string_view name = descr.substr(1, end - 1);
  for (const TypeName& row : kTypeNames) {
    if (row.name == name) return row.type;
  }
  return DataType::kUndefined;
}

std::optional<Shape> parse_shape(std::string_view text) {
  Shape shape;
  if (!text.starts_with('(')) return std::nullopt;
  text.remove_prefix(1);
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" ,"), text.size()));
    if (text.starts_with(')')) return shape;
    int64_t dim = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), dim);
    if (error != std::errc() || dim < 0) return std::nullopt;
    shape.push_back(dim);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
  }
}

// Elements in C order from those in Fortran order.
std::vector<std::byte> from_fortran(std::span<const std::byte> data, const Shape& shape,
                                    size_t element) {
  std::vector<std::byte> result(data.size());
  std::vector<size_t> index(shape.size());
  size_t from = 0;
  for (size_t to = 0; to < result.size(); to += element) {
    std::memcpy(&result[to], &data[from], element);
    // Counts up from the last axis, and takes back what an axis adds before it starts again.
    size_t last = shape.size();
    while (last > 0) {
      const size_t axis = --last;
      size_t stride = element;
      for (size_t before = 0; before < axis; ++before) stride *= static_cast<size_t>(shape[before]);
      from += stride;
      if (++index[axis] < static_cast<size_t>(shape[axis])) break;
      from -= stride * index[axis];
      index[axis] = 0;
    }
  }
  return result;
}

}  // namespace

DataType npy_type(DataType type) {
  if (type == DataType::kInt4) return DataType::kInt8;
  if (type == DataType::kUInt4) return DataType::kUInt8;
  for (const TypeName& row : kTypeNames) {
    if (row.type == type) return type;
  }
  return DataType::kFloat32;
}

std::vector<std::byte> encode_npy(const ConstTensorView& tensor) {
  const Tensor stored = convert(tensor, npy_type(tensor.type));
  std::string dims;
  for (const int64_t dim : stored.shape) dims += fmt::format("{}, ", dim);
  std::string_view name;
  for (const TypeName& row : kTypeNames) {
    if (row.type == stored.type) name = row.name;
  }
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", name, dims);
  // The data starts at a multiple of 64.
  constexpr size_t kPrefix = 10;
  header.append(63 - (kPrefix + header.size()) % 64, ' ');
  header += '\n';
  std::string head(kMagic);
  head += '\x01';
  head += '\x00';
  head += static_cast<char>(header.size() & 0xFFU);
  head += static_cast<char>(header.size() >> 8U);
  head += header;
  const auto head_bytes = std::as_bytes(std::span(head));
  std::vector<std::byte> bytes(head_bytes.begin(), head_bytes.end());
  bytes.insert(bytes.end(), stored.bytes.begin(), stored.bytes.end());
  return bytes;
}

Result<Tensor> decode_npy(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic) || text.size() < 12) return corrupt("its first bytes are others");
  if (text[6] < '\x01' || text[6] > '\x03') {
    return Error(ErrorKind::kUnsupported,
                 fmt::format("cannot read .npy of version {}, only 1 to 3", int{text[6]}));
  }
  const bool long_header = text[6] != '\x01';
  size_t header_bytes = 0;
  const size_t prefix = long_header ? 12 : 10;
  std::memcpy(&header_bytes, text.data() + 8, long_header ? 4 : 2);
  if (header_bytes > text.size() - prefix) return corrupt("it is cut short");
  const std::string_view header = text.substr(prefix, header_bytes);
  const auto descr = entry(header, "descr");
  const auto order = entry(header, "fortran_order");
  const auto dims = entry(header, "shape");
  if (!descr || !order || !dims) return corrupt("its header lacks a key");
  Tensor tensor;
  tensor.type = parse_type(*descr);
  if (tensor.type == DataType::kUndefined) {
    return Error(ErrorKind::kUnsupported,
                 fmt::format("cannot read .npy with {}: save little-endian numbers",
                             header.substr(0, header.find('\n'))));
  }
  const std::optional<Shape> shape = parse_shape(*dims);
  if (!shape) return corrupt("its shape is malformed");
  tensor.shape = *shape;
  const std::span<const std::byte> data = bytes.subspan(prefix + header_bytes);
  if (byte_size(tensor.type, tensor.shape) != static_cast<int64_t>(data.size())) {
    return corrupt(fmt::format("{} bytes of data for {}{}", data.size(), to_string(tensor.type),
                               to_string(std::span<const int64_t>(tensor.shape))));
  }
  if (order->starts_with("True")) {
    const auto element = static_cast<size_t>(bits_of(tensor.type)) / 8;
    tensor.bytes = from_fortran(data, tensor.shape, element);
  } else {
    tensor.bytes.assign(data.begin(), data.end());
  }
  return tensor;
}

}  // namespace tenon::cli
