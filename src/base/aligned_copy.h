#pragma once

// Bytes at an address that others rely on.

#include <cstddef>
#include <memory>
#include <span>

namespace tenon::internal {

// A copy of the bytes that begins at a multiple of `alignment`, a power of two. Throws
// std::bad_alloc, as containers do.
std::shared_ptr<const std::byte> aligned_copy(std::span<const std::byte> bytes, size_t alignment);

}  // namespace tenon::internal
