#include "base/pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <new>

namespace tenon::internal {
namespace {

size_t page_bytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

size_t round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

// Whole pages around bytes.
struct PageRange {
  explicit PageRange(std::span<const std::byte> bytes) {
    const size_t before = reinterpret_cast<uintptr_t>(bytes.data()) % page_bytes();
    begin = const_cast<std::byte*>(bytes.data()) - before;
    size = round_up(before + bytes.size(), page_bytes());
  }

  // False where the system does not know the advice; nothing is done then.
  bool advise(int advice) const { return madvise(begin, size, advice) == 0 || errno != EINVAL; }

  std::byte* begin;
  size_t size;
};

}  // namespace

void populate_for_reading(std::span<const std::byte> bytes) noexcept {
  if (bytes.empty()) return;
  const PageRange pages(bytes);
#ifdef MADV_POPULATE_READ
  if (pages.advise(MADV_POPULATE_READ)) return;
#endif
  pages.advise(MADV_WILLNEED);
  for (size_t at = 0; at < bytes.size(); at += page_bytes()) {
    static_cast<void>(*const_cast<const volatile std::byte*>(bytes.data() + at));
  }
}

void populate_for_writing(std::span<std::byte> bytes) noexcept {
  if (bytes.empty()) return;
#ifdef MADV_POPULATE_WRITE
  if (PageRange(bytes).advise(MADV_POPULATE_WRITE)) return;
#endif
  for (size_t at = 0; at < bytes.size(); at += page_bytes()) {
    *const_cast<volatile std::byte*>(bytes.data() + at) = std::byte{0};
  }
}

std::unique_ptr<PageMemory> PageMemory::create(size_t bytes) noexcept {
  if (bytes > SIZE_MAX / 2) return nullptr;
  const size_t wanted = round_up(bytes, page_bytes());
  const size_t mapped = wanted + kHugePageBytes;
  void* region = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (region == MAP_FAILED) return nullptr;
  // Only aligned memory gets huge pages; what is mapped around it goes back.
  auto* const begin = static_cast<std::byte*>(region);
  const size_t before = round_up(reinterpret_cast<uintptr_t>(begin), kHugePageBytes) -
                        reinterpret_cast<uintptr_t>(begin);
  if (before > 0) munmap(begin, before);
  const size_t after = mapped - before - wanted;
  if (after > 0) munmap(begin + before + wanted, after);
#ifdef MADV_HUGEPAGE
  madvise(begin + before, wanted, MADV_HUGEPAGE);
#endif
  return std::unique_ptr<PageMemory>(new (std::nothrow) PageMemory(begin + before, wanted));
}

PageMemory::~PageMemory() { munmap(data_, bytes_); }

}  // namespace tenon::internal
