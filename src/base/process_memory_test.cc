#include "base/process_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

#include "testing/matchers.h"

namespace tenon::internal {
namespace {

TEST(ProcessMemory, FollowsWhatIsTouched) {
  constexpr size_t kBytes = 64 << 20;
  // The kernel counts pages late, in batches for each thread.
  constexpr auto kSlack = int64_t{4} << 20;
  const int64_t before = current_rss_bytes().value();
  EXPECT_GT(before, 0);

  void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  std::memset(memory, 1, kBytes);
  const int64_t during = current_rss_bytes().value();
  EXPECT_GE(during, before + int64_t{kBytes} - kSlack);
  munmap(memory, kBytes);

  EXPECT_LE(current_rss_bytes().value(), during - int64_t{kBytes} + kSlack);
  EXPECT_GE(peak_rss_bytes().value(), during - kSlack) << "the peak stays";
  ASSERT_THAT(reset_peak_rss(), testing::IsOk());
  EXPECT_LE(peak_rss_bytes().value(), during - int64_t{kBytes} + kSlack) << "it was reset";
}

}  // namespace
}  // namespace tenon::internal
