#include "device/memory_account.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace tenon::internal {
namespace {

TEST(MemoryAccount, SumsByKindAndKeepsThePeak) {
  MemoryAccount account;
  account.add(MemoryKind::kWeights, 100);
  account.add(MemoryKind::kIo, 50);
  account.remove(MemoryKind::kWeights, 100);
  EXPECT_EQ(account.current(), 50);
  EXPECT_EQ(account.current(MemoryKind::kWeights), 0);
  EXPECT_EQ(account.current(MemoryKind::kIo), 50);
  EXPECT_EQ(account.peak(), 150);
  account.reset_peak();
  EXPECT_EQ(account.peak(), 50);
}

TEST(MemoryAccount, CountsFromManyThreads) {
  MemoryAccount account;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        account.add(MemoryKind::kActivations, 3);
        account.remove(MemoryKind::kActivations, 2);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(account.current(), 4000);
  EXPECT_GE(account.peak(), 4000);
}

}  // namespace
}  // namespace tenon::internal
