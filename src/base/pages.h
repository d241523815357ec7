#pragma once

// Memory in pages, made ready before it is used: the first touch of a page costs more than many
// later ones.

#include <cstddef>
#include <memory>
#include <span>

namespace tenon::internal {

// Brings the pages of a mapping in, those of a file from the disk too.
void populate_for_reading(std::span<const std::byte> bytes) noexcept;

// Gives memory its pages. It may be private and its content undefined: what it holds may change.
void populate_for_writing(std::span<std::byte> bytes) noexcept;

// Zeros in pages of their own, which are huge ones where the system has them; not populated.
class PageMemory {
 public:
  // nullptr where the system has no memory. `bytes` is not 0.
  static std::unique_ptr<PageMemory> create(size_t bytes) noexcept;

  ~PageMemory();
  PageMemory(const PageMemory&) = delete;
  PageMemory& operator=(const PageMemory&) = delete;

  void* data() const noexcept { return data_; }

 private:
  PageMemory(void* data, size_t bytes) : data_(data), bytes_(bytes) {}

  void* data_;
  // Whole pages.
  size_t bytes_;
};

// The size of huge pages; memory that is smaller gains nothing from pages of its own.
inline constexpr size_t kHugePageBytes = size_t{2} << 20;

}  // namespace tenon::internal
