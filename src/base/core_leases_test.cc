#include "base/core_leases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/threads.h"

namespace tenon::internal {
namespace {

constexpr std::array kCpus = {2, 3, 5, 700};

std::set<int> cpus_of(const CoreLease& lease) {
  std::set<int> cpus;
  for (int cpu = -1; cpu <= CoreLease::kMaxCpus; ++cpu) {
    if (lease.holds(cpu)) cpus.insert(cpu);
  }
  return cpus;
}

TEST(CoreLeases, NeverGiveACoreTwice) {
  CoreLeases table(kCpus, 4);
  const CoreLease first = table.lease(2, LeasePolicy::kUpTo);
  const CoreLease second = table.lease(9, LeasePolicy::kUpTo);
  EXPECT_EQ(first.count(), 2);
  EXPECT_EQ(second.count(), 2);
  std::set<int> both = cpus_of(first);
  both.merge(cpus_of(second));
  EXPECT_EQ(both, std::set<int>(kCpus.begin(), kCpus.end()));
  EXPECT_EQ(table.leased(), 4);
  EXPECT_EQ(table.lease(1, LeasePolicy::kUpTo).count(), 0);
}

TEST(CoreLeases, GiveExactlyTheNumberOrNothing) {
  CoreLeases table(kCpus, 4);
  const CoreLease first = table.lease(3, LeasePolicy::kExactly);
  EXPECT_EQ(first.count(), 3);
  EXPECT_EQ(table.lease(2, LeasePolicy::kExactly).count(), 0);
  EXPECT_EQ(table.leased(), 3);
  EXPECT_EQ(table.lease(1, LeasePolicy::kExactly).count(), 1);
  EXPECT_EQ(table.leased(), 3) << "a dropped lease is given back";
}

TEST(CoreLeases, CanBeJoined) {
  CoreLeases table(kCpus, 4);
  CoreLease all;
  for (const int count : {1, 0, 2}) all.add(table.lease(count, LeasePolicy::kExactly));
  EXPECT_EQ(all.count(), 3);
  EXPECT_EQ(cpus_of(all).size(), 3U);
  EXPECT_EQ(table.leased(), 3);
  all.release();
  EXPECT_EQ(table.leased(), 0);
}

TEST(CoreLeases, KeepToTheLimit) {
  CoreLeases table(kCpus, 3);
  EXPECT_EQ(table.limit(), 3);
  EXPECT_EQ(table.lease(4, LeasePolicy::kUpTo).count(), 3);
  EXPECT_EQ(table.lease(4, LeasePolicy::kExactly).count(), 0);
  EXPECT_EQ(CoreLeases(kCpus, 99).limit(), 4);
  CoreLeases none(kCpus, 0);
  EXPECT_EQ(none.lease(1, LeasePolicy::kAtLeastOne).count(), 0) << "waiting would never end";
}

TEST(CoreLeases, GiveNothingForNothing) {
  CoreLeases table(kCpus, 4);
  for (const int count : {0, -1}) {
    for (const auto policy :
         {LeasePolicy::kUpTo, LeasePolicy::kExactly, LeasePolicy::kAtLeastOne}) {
      EXPECT_EQ(table.lease(count, policy).count(), 0);
    }
  }
}

TEST(CoreLease, MovesAndReleases) {
  CoreLeases table(kCpus, 4);
  CoreLease first = table.lease(2, LeasePolicy::kUpTo);
  const std::set<int> cpus = cpus_of(first);
  CoreLease second = std::move(first);
  EXPECT_EQ(cpus_of(second), cpus);
  EXPECT_EQ(table.leased(), 2);
  CoreLease third = table.lease(1, LeasePolicy::kUpTo);
  third = std::move(second);
  EXPECT_EQ(table.leased(), 2) << "what the target held was given back";
  EXPECT_EQ(cpus_of(third), cpus);
  third.release();
  third.release();
  EXPECT_EQ(table.leased(), 0);
  EXPECT_EQ(cpus_of(third), std::set<int>());
}

TEST(CoreLease, ShrinksToWhatIsNeeded) {
  CoreLeases table(kCpus, 4);
  CoreLease lease = table.lease(4, LeasePolicy::kExactly);
  lease.shrink(4);
  EXPECT_EQ(lease.count(), 4);
  lease.shrink(1);
  EXPECT_EQ(lease.count(), 1);
  EXPECT_EQ(cpus_of(lease).size(), 1u);
  EXPECT_EQ(table.leased(), 1);
  const CoreLease rest = table.lease(4, LeasePolicy::kUpTo);
  EXPECT_EQ(rest.count(), 3);
  EXPECT_EQ(cpus_of(rest).count(*cpus_of(lease).begin()), 0u);
  lease.shrink(-1);
  EXPECT_EQ(lease.count(), 0);
  EXPECT_EQ(table.leased(), 3);
}

TEST(CoreLeases, AtLeastOneWaitsForACore) {
  CoreLeases table(std::array{0, 1}, 2);
  CoreLease all = table.lease(2, LeasePolicy::kExactly);
  std::atomic<int> got = -1;
  std::thread waiter([&] { got = table.lease(2, LeasePolicy::kAtLeastOne).count(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(got, -1);
  all.release();
  waiter.join();
  EXPECT_EQ(got, 2);
  EXPECT_EQ(table.leased(), 0);
}

TEST(CoreLeases, HoldUnderContention) {
  CoreLeases table(kCpus, 3);
  std::array<std::atomic<int>, CoreLease::kMaxCpus> holders{};
  std::atomic<int> in_use = 0;
  std::atomic<int> clashes = 0;
  const auto run = [&](int thread) {
    for (int round = 0; round < 3000; ++round) {
      const auto policy = static_cast<LeasePolicy>((thread + round) % 3);
      const CoreLease lease = table.lease(1 + round % 3, policy);
      if (policy == LeasePolicy::kAtLeastOne && lease.count() == 0) ++clashes;
      if (in_use.fetch_add(lease.count()) + lease.count() > 3) ++clashes;
      for (const int cpu : kCpus) {
        if (lease.holds(cpu) && holders[static_cast<size_t>(cpu)].fetch_add(1) != 0) ++clashes;
      }
      for (const int cpu : kCpus) {
        if (lease.holds(cpu)) --holders[static_cast<size_t>(cpu)];
      }
      in_use -= lease.count();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(run, i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(clashes, 0);
  EXPECT_EQ(table.leased(), 0);
}

TEST(CoreLeases, OfTheProcessCoverTheAllowedCores) {
  CoreLeases& table = CoreLeases::process();
  EXPECT_EQ(&table, &CoreLeases::process());
  EXPECT_EQ(table.limit(), allowed_cores());
  const CoreLease lease = table.lease(1, LeasePolicy::kExactly);
  ASSERT_EQ(lease.count(), 1);
  const std::vector<int> allowed = allowed_cpus();
  EXPECT_TRUE(
      std::any_of(allowed.begin(), allowed.end(), [&](int cpu) { return lease.holds(cpu); }));
}

TEST(CoreLeasesDeathTest, RefusesCpusThatItCannotHold) {
  EXPECT_DEATH(CoreLeases(std::array{1, 1}, 2), "named twice");
  EXPECT_DEATH(CoreLeases(std::array{CoreLease::kMaxCpus}, 1), "kMaxCpus");
}

}  // namespace
}  // namespace tenon::internal
