#include "graph/text_literals.h"

#include "base/base64.h"
#include "base/data_types.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"

#include <memory>
#include <optional>
#include <utility>

namespace tenon::internal {
namespace {

std::string literal(const HostTensor& tensor, int64_t index) {
  const auto at = static_cast<size_t>(index);
  switch (tensor.type()) {
    case DataType::kFloat32:
      return number_text(tensor.as<float>()[at]);
    case DataType::kFloat64:
      return number_text(tensor.as<double>()[at]);
    case DataType::kInt64:
      return fmt::format("{}", tensor.as<int64_t>()[at]);
    case DataType::kUInt64:
      return fmt::format("{}", tensor.as<uint64_t>()[at]);
    default:
      break;
  }
  const double value = element_as_double(tensor.view(), index);
  if (tensor.type() == DataType::kBool) return value != 0 ? "true" : "false";
  // Every narrower float is a float, every narrower integer an int64.
  return is_floating(tensor.type()) ? number_text(static_cast<float>(value))
                                    : fmt::format("{}", static_cast<int64_t>(value));
}

std::optional<std::string> literals(const HostTensor& tensor) {
  std::vector<std::string> texts;
  LiteralReader reader(tensor.type());
  for (int64_t i = 0; i < tensor.elements(); ++i) {
    texts.push_back(literal(tensor, i));
    if (!reader.add(texts.back()).ok()) return std::nullopt;
  }
  const Result<HostTensor> read_back = std::move(reader).finish(tensor.shape());
  if (!read_back.ok() || !(*read_back == tensor)) return std::nullopt;
  return "[" + join(texts, ", ") + "]";
}

// Smallest and largest value of an integer type of at most 32 bits.
std::pair<int64_t, int64_t> integer_range(DataType type) {
  const int bits = bits_of(type);
  if (is_signed(type)) return {-(int64_t{1} << (bits - 1)), (int64_t{1} << (bits - 1)) - 1};
  return {0, (int64_t{1} << bits) - 1};
}

Result<HostTensor> tensor_of_bytes(DataType type, Shape shape, std::vector<std::byte> bytes) {
  auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  return HostTensor::view(type, std::move(shape), *owner, owner);
}

}  // namespace

std::string constant_text(const HostTensor& tensor) {
  if (tensor.elements() <= kMaxLiteralElements) {
    if (std::optional<std::string> text = literals(tensor)) return *std::move(text);
  }
  return "base64\"" + base64_encode(tensor.bytes()) + "\"";
}

void LiteralReader::append(const void* bytes, size_t size) {
  const auto* first = static_cast<const std::byte*>(bytes);
  bytes_.insert(bytes_.end(), first, first + size);
}

Status LiteralReader::add(std::string_view literal) {
  const int64_t index = count_++;
  if (type_ == DataType::kBool) {
    if (literal != "true" && literal != "false") {
      return invalid_argument("'{}' is neither true nor false", literal);
    }
    bytes_.push_back(static_cast<std::byte>(literal == "true"));
  } else if (type_ == DataType::kUInt64) {
    const uint64_t value = TRY(parse_number<uint64_t>(literal));
    append(&value, sizeof(value));
  } else if (type_ == DataType::kInt64) {
    const int64_t value = TRY(parse_number<int64_t>(literal));
    append(&value, sizeof(value));
  } else if (type_ == DataType::kFloat64) {
    const double value = TRY(parse_number<double>(literal));
    append(&value, sizeof(value));
  } else if (type_ == DataType::kFloat32) {
    const float value = TRY(parse_number<float>(literal));
    append(&value, sizeof(value));
  } else if (is_floating(type_)) {
    const double value = TRY(parse_number<float>(literal));
    const HostTensor element = TRY(HostTensor::of(type_, {}, {&value, 1}));
    append(element.bytes().data(), element.bytes().size());
  } else {
    const int64_t value = TRY(parse_number<int64_t>(literal));
    const auto [min, max] = integer_range(type_);
    if (value < min || value > max) {
      return invalid_argument("{} does not fit {}", value, to_string(type_));
    }
    if (bits_of(type_) == 4 && index % 2 == 1) {
      bytes_.back() |= static_cast<std::byte>((value & 15) << 4);
    } else {
      const int64_t stored = bits_of(type_) == 4 ? value & 15 : value;
      append(&stored, static_cast<size_t>(bits_of(type_) + 7) / 8);
    }
  }
  return {};
}

Result<HostTensor> LiteralReader::finish(Shape shape) && {
  if (tenon::element_count(shape) != count_) {
    return invalid_argument("{}{} has {}, but the text gives {}", to_string(type_),
                            tenon::to_string(shape),
                            counted(tenon::element_count(shape), "element"), count_);
  }
  return tensor_of_bytes(type_, std::move(shape), std::move(bytes_));
}

Result<HostTensor> tensor_from_base64(DataType type, Shape shape, std::string_view text) {
  std::vector<std::byte> bytes = TRY(base64_decode(text));
  if (byte_size(type, shape) != static_cast<int64_t>(bytes.size())) {
    return invalid_argument("{}{} has {}, but the text gives {}", to_string(type),
                            tenon::to_string(shape), counted(byte_size(type, shape), "byte"),
                            bytes.size());
  }
  return tensor_of_bytes(type, std::move(shape), std::move(bytes));
}

}  // namespace tenon::internal
