#include "base/aligned_copy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tenon::internal {
namespace {

TEST(AlignedCopy, HoldsTheBytesAtAnAlignedAddress) {
  const std::vector<std::byte> bytes(1000, std::byte{7});
  for (const size_t alignment : {64U, 4096U}) {
    // Several, so that none is aligned by chance alone.
    std::vector<std::shared_ptr<const std::byte>> copies;
    for (size_t size = 990; size <= bytes.size(); ++size) {
      copies.push_back(aligned_copy(std::span(bytes).first(size), alignment));
      EXPECT_EQ(reinterpret_cast<uintptr_t>(copies.back().get()) % alignment, 0U);
      EXPECT_TRUE(std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size),
                             copies.back().get()));
    }
  }
  EXPECT_NE(aligned_copy({}, 64), nullptr);
}

}  // namespace
}  // namespace tenon::internal
