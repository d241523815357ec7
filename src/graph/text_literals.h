// The elements of constants in the text form.
#pragma once

#include "tensor/host_tensor.h"

#include <tenon/error.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

// Larger constants are printed as base64.
inline constexpr int64_t kMaxLiteralElements = 16;

// What stands behind the '=' of a constant: a list of literals, or base64"…" of the little-endian
// bytes where there are too many elements or literals would not give back the same bytes (NaNs with
// a payload).
std::string constant_text(const HostTensor& tensor);

// Collects literals of one element type.
class LiteralReader {
 public:
  explicit LiteralReader(DataType type) : type_(type) {}

  // Errors: InvalidArgument for a literal that is no such element.
  Status add(std::string_view literal);
  int64_t count() const { return count_; }

  // Errors: InvalidArgument unless the shape has as many elements as were added.
  Result<HostTensor> finish(Shape shape) &&;

 private:
  void append(const void* bytes, size_t size);

  DataType type_;
  int64_t count_ = 0;
  std::vector<std::byte> bytes_;
};

// Errors: InvalidArgument for text that is no base64 or has another number of bytes.
Result<HostTensor> tensor_from_base64(DataType type, Shape shape, std::string_view text);

}  // namespace tenon::internal
