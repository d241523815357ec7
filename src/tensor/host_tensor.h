// A constant tensor in host memory. The elements are shared and never change: copies are cheap, and
// a tensor may be a view into a mapped file that its owner keeps mapped.
#pragma once

#include "tensor/dim.h"
#include "tensor/value_info.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace tenon::internal {

class HostTensor {
 public:
  HostTensor() = default;

  // Views `bytes`, which `owner` keeps alive; bytes that are not aligned to their element are
  // copied. Errors: CorruptData unless bytes.size() is the size of such a tensor; InvalidArgument
  // for a negative dim, a size that overflows or an undefined type; OutOfMemory.
  static Result<HostTensor> view(DataType type, Shape shape, std::span<const std::byte> bytes,
                                 std::shared_ptr<const void> owner);

  // Zero-filled; `fill` writes the elements before the tensor is shared. Errors: OutOfMemory,
  // InvalidArgument.
  static Result<HostTensor> make(DataType type, Shape shape,
                                 const std::function<void(std::span<std::byte>)>& fill = {});

  // A tensor of numbers, converted to `type` element by element. Errors: as make(); InvalidArgument
  // for another number of values than the shape holds.
  static Result<HostTensor> of(DataType type, Shape shape, std::span<const double> values);
  static Result<HostTensor> of_int64(Shape shape, std::span<const int64_t> values);

  DataType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  std::span<const std::byte> bytes() const { return bytes_; }
  int64_t elements() const;
  ConstTensorView view() const { return {bytes_.data(), type_, shape_}; }

  // The elements as T, whose size is that of an element; four-bit types as bytes.
  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(bytes_.data()), bytes_.size() / sizeof(T)};
  }

  // Equal type, shape and bytes.
  bool operator==(const HostTensor& other) const;

  // Type, shape and, for integer tensors of at most kMaxKnownElements elements, the elements.
  ValueInfo info() const;

 private:
  DataType type_ = DataType::kUndefined;
  Shape shape_;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
};

// Elements of an integer or bool host tensor as int64. Errors: InvalidArgument for other types and
// for a u64 beyond int64.
Result<std::vector<int64_t>> to_int64s(const ConstTensorView& tensor);

}  // namespace tenon::internal
