#include "base/pages.h"

#include "base/process_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tenon::internal {
namespace {

// Pages of the range that are resident.
size_t resident_pages(const void* data, size_t bytes) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((bytes + page - 1) / page);
  EXPECT_EQ(mincore(const_cast<void*>(data), bytes, pages.data()), 0);
  return static_cast<size_t>(std::ranges::count_if(pages, [](auto bits) { return bits & 1; }));
}

TEST(PageMemory, IsZerosAlignedToHugePages) {
  constexpr size_t kBytes = 2 * kHugePageBytes + 1000;
  const std::unique_ptr<PageMemory> memory = PageMemory::create(kBytes);
  ASSERT_NE(memory, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory->data()) % kHugePageBytes, 0U);
  const std::span<std::byte> bytes(static_cast<std::byte*>(memory->data()), kBytes);
  EXPECT_TRUE(std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; }));
  std::ranges::fill(bytes, std::byte{1});
}

TEST(PageMemory, IsNullWhereThereIsNoMemory) {
  EXPECT_EQ(PageMemory::create(SIZE_MAX), nullptr);
  EXPECT_EQ(PageMemory::create(size_t{1} << 60), nullptr);
}

TEST(Pages, AreResidentOnceTheyArePopulatedForWriting) {
  constexpr size_t kBytes = 100'000;
  const std::unique_ptr<PageMemory> memory = PageMemory::create(kBytes);
  ASSERT_NE(memory, nullptr);
  EXPECT_EQ(resident_pages(memory->data(), kBytes), 0U);
  // Both ends are inside of pages.
  populate_for_writing({static_cast<std::byte*>(memory->data()) + 10, kBytes - 20});
  EXPECT_EQ(resident_pages(memory->data(), kBytes),
            (kBytes + static_cast<size_t>(sysconf(_SC_PAGESIZE)) - 1) /
                static_cast<size_t>(sysconf(_SC_PAGESIZE)));
}

TEST(Pages, KeepTheirContentWhenTheyArePopulatedForReading) {
  const std::vector<std::byte> bytes(100'000, std::byte{7});
  populate_for_reading(bytes);
  populate_for_reading({});
  EXPECT_TRUE(std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{7}; }));
}

}  // namespace
}  // namespace tenon::internal
