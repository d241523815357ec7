#include "tensor/host_tensor.h"

#include "base/data_types.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

namespace tenon::internal {
namespace {

// Bytes of such a tensor.
Result<size_t> checked_size(DataType type, const Shape& shape) {
  if (type == DataType::kUndefined || bits_of(type) == 0) {
    return invalid_argument("a tensor needs an element type");
  }
  if (std::ranges::any_of(shape, [](int64_t dim) { return dim < 0; })) {
    return invalid_argument("a tensor cannot have the shape {}: a dimension is negative",
                            tenon::to_string(shape));
  }
  const int64_t size = tenon::byte_size(type, shape);
  if (size == std::numeric_limits<int64_t>::max()) {
    return invalid_argument("a tensor of the shape {} is too large", tenon::to_string(shape));
  }
  return static_cast<size_t>(size);
}

bool is_aligned(DataType type, std::span<const std::byte> bytes) {
  const size_t element = std::max<size_t>(1, static_cast<size_t>(bits_of(type)) / 8);
  return reinterpret_cast<uintptr_t>(bytes.data()) % element == 0;
}

Status check_count(const Shape& shape, size_t count) {
  const int64_t wanted = tenon::element_count(shape);
  if (static_cast<uint64_t>(wanted) == count) return ok_status();
  return invalid_argument("a tensor of the shape {} is not made of {}", tenon::to_string(shape),
                          counted(count, "element"));
}

}  // namespace

Result<HostTensor> HostTensor::view(DataType type, Shape shape, std::span<const std::byte> bytes,
                                    std::shared_ptr<const void> owner) {
  const size_t size = TRY(checked_size(type, shape));
  if (size != bytes.size()) {
    return corrupt("a tensor {}{} takes {}, not {}", tenon::to_string(type),
                   tenon::to_string(shape), counted(size, "byte"), bytes.size());
  }
  if (!is_aligned(type, bytes)) {
    return make(type, std::move(shape),
                [&](std::span<std::byte> copy) { std::ranges::copy(bytes, copy.begin()); });
  }
  HostTensor tensor;
  tensor.type_ = type;
  tensor.shape_ = std::move(shape);
  tensor.bytes_ = bytes;
  tensor.owner_ = std::move(owner);
  return tensor;
}

Result<HostTensor> HostTensor::make(DataType type, Shape shape,
                                    const std::function<void(std::span<std::byte>)>& fill) {
  const size_t size = TRY(checked_size(type, shape));
  // calloc: the system's zero pages cost nothing until they are written.
  std::shared_ptr<void> memory(std::calloc(std::max<size_t>(size, 1), 1), &std::free);
  if (memory == nullptr) {
    return out_of_memory("a tensor {}{} takes {} bytes of host memory", tenon::to_string(type),
                         tenon::to_string(shape), size);
  }
  const std::span<std::byte> bytes(static_cast<std::byte*>(memory.get()), size);
  if (fill) fill(bytes);
  return view(type, std::move(shape), bytes, std::move(memory));
}

Result<HostTensor> HostTensor::of(DataType type, Shape shape, std::span<const double> values) {
  TRY_STATUS(check_count(shape, values.size()));
  const Tensor converted = convert({values.data(), DataType::kFloat64, shape}, type);
  return make(type, std::move(shape), [&](std::span<std::byte> bytes) {
    std::ranges::copy(converted.bytes, bytes.begin());
  });
}

Result<HostTensor> HostTensor::of_int64(Shape shape, std::span<const int64_t> values) {
  TRY_STATUS(check_count(shape, values.size()));
  return make(DataType::kInt64, std::move(shape), [&](std::span<std::byte> bytes) {
    std::ranges::copy(std::as_bytes(values), bytes.begin());
  });
}

int64_t HostTensor::elements() const {
  return type_ == DataType::kUndefined ? 0 : tenon::element_count(shape_);
}

bool HostTensor::operator==(const HostTensor& other) const {
  return type_ == other.type_ && shape_ == other.shape_ && std::ranges::equal(bytes_, other.bytes_);
}

ValueInfo HostTensor::info() const {
  ValueInfo info{type_, to_symbolic(shape_), std::nullopt};
  if (elements() > kMaxKnownElements) return info;
  if (const auto integers = to_int64s(view()); integers.ok()) {
    info.elements.emplace(integers->begin(), integers->end());
  }
  return info;
}

Result<std::vector<int64_t>> to_int64s(const ConstTensorView& tensor) {
  if (!is_integer(tensor.type) && tensor.type != DataType::kBool) {
    return invalid_argument("a tensor of {} where integers are needed",
                            tenon::to_string(tensor.type));
  }
  const Tensor converted = convert(tensor, DataType::kInt64);
  std::vector<int64_t> values(converted.bytes.size() / sizeof(int64_t));
  if (!values.empty()) {
    std::memcpy(values.data(), converted.bytes.data(), converted.bytes.size());
  }
  if (tensor.type == DataType::kUInt64 &&
      std::ranges::any_of(values, [](int64_t value) { return value < 0; })) {
    return invalid_argument("a u64 tensor holds a value beyond 2^63 - 1");
  }
  return values;
}

}  // namespace tenon::internal
