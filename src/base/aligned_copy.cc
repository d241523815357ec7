#include "base/aligned_copy.h"

#include <algorithm>
#include <new>

namespace tenon::internal {

std::shared_ptr<const std::byte> aligned_copy(std::span<const std::byte> bytes, size_t alignment) {
  const std::align_val_t aligned{alignment};
  std::shared_ptr<std::byte> copy(static_cast<std::byte*>(::operator new(bytes.size(), aligned)),
                                  [aligned](std::byte* data) { ::operator delete(data, aligned); });
  std::ranges::copy(bytes, copy.get());
  return copy;
}

}  // namespace tenon::internal
