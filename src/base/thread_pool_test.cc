#include "base/thread_pool.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/core_leases.h"
#include "testing/matchers.h"

namespace tenon::internal {
namespace {

using testing::IsError;

using Range = std::pair<int64_t, int64_t>;

std::unique_ptr<ThreadPool> make_pool(int workers, int64_t spin_ns = 50'000) {
  return ThreadPool::create({.workers = workers, .name = "pool", .spin_ns = spin_ns}).value();
}

std::vector<Range> ranges_of(ThreadPool& pool, int64_t n, int64_t grain, int max_threads) {
  std::mutex mutex;
  std::vector<Range> ranges;
  const auto body = [&](int64_t begin, int64_t end) {
    const std::lock_guard lock(mutex);
    ranges.emplace_back(begin, end);
  };
  pool.parallel_for(n, body, grain, max_threads);
  std::sort(ranges.begin(), ranges.end());
  return ranges;
}

TEST(ThreadPool, CoversEveryIndexOnceInEvenRanges) {
  for (const int workers : {0, 1, 3, 7}) {
    const auto pool = make_pool(workers);
    EXPECT_EQ(pool->workers(), workers);
    for (const int64_t n : {1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 1000, 12345}) {
      for (const int64_t grain : {1, 2, 10, 1000}) {
        SCOPED_TRACE(::testing::Message() << workers << " workers, n " << n << ", grain " << grain);
        const std::vector<Range> ranges = ranges_of(*pool, n, grain, INT32_MAX);
        const int64_t expected = std::clamp<int64_t>(n / grain, 1, workers + 1);
        ASSERT_EQ(static_cast<int64_t>(ranges.size()), expected);
        int64_t next = 0;
        for (const auto& [begin, end] : ranges) {
          EXPECT_EQ(begin, next);
          EXPECT_GE(end - begin, n / expected);
          EXPECT_LE(end - begin, n / expected + 1);
          next = end;
        }
        EXPECT_EQ(next, n);
      }
    }
  }
}

TEST(ThreadPool, SplitsTheLongestLoopsWithoutOverflow) {
  const auto pool = make_pool(3);
  const std::vector<Range> ranges = ranges_of(*pool, INT64_MAX, 1, INT32_MAX);
  ASSERT_EQ(ranges.size(), 4u);
  EXPECT_EQ(ranges.back().second, INT64_MAX);
  EXPECT_EQ(ranges[1].first, ranges[0].second);
}

TEST(ThreadPool, CallsNothingForAnEmptyLoop) {
  const auto pool = make_pool(1);
  for (const int64_t n : {int64_t{0}, int64_t{-1}, INT64_MIN}) {
    EXPECT_TRUE(ranges_of(*pool, n, 1, INT32_MAX).empty());
  }
}

TEST(ThreadPool, KeepsToTheNumberOfThreadsAsked) {
  const auto pool = make_pool(3);
  EXPECT_EQ(ranges_of(*pool, 100, 1, 2).size(), 2u);
  EXPECT_EQ(ranges_of(*pool, 100, 1, 1).size(), 1u);
  EXPECT_EQ(ranges_of(*pool, 100, 1, 0).size(), 1u) << "the caller always takes part";
}

TEST(ThreadPool, RunsTheFirstRangeOnTheCallerAndTheOthersOnNamedWorkers) {
  const auto pool = make_pool(2);
  std::array<std::string, 3> names;
  std::thread::id first;
  const auto body = [&](int64_t begin, int64_t) {
    char name[16] = {};
    pthread_getname_np(pthread_self(), name, sizeof(name));
    names[static_cast<size_t>(begin)] = name;
    if (begin == 0) first = std::this_thread::get_id();
  };
  pool->parallel_for(3, body);
  EXPECT_EQ(first, std::this_thread::get_id());
  EXPECT_EQ((std::set<std::string>{names[1], names[2]}),
            (std::set<std::string>{"pool-0", "pool-1"}));
}

TEST(ThreadPool, MakesTheWritesOfTheBodyVisible) {
  // Plain memory, so that the thread sanitizer sees a missing hand-over; lengths around the spin
  // time, so that workers are met spinning, parking and parked.
  for (const int64_t spin_ns : {0, 5'000, 50'000}) {
    const auto pool = make_pool(3, spin_ns);
    std::vector<int64_t> values(1000);
    for (int64_t round = 1; round <= 600; ++round) {
      const int64_t n = 1 + round * 7 % 1000;
      pool->parallel_for(n, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) values[static_cast<size_t>(i)] = i * round;
      });
      for (int64_t i = 0; i < n; ++i) ASSERT_EQ(values[static_cast<size_t>(i)], i * round);
      if (round % 50 == 0) std::this_thread::sleep_for(std::chrono::microseconds(round));
    }
  }
}

TEST(ThreadPool, WakesWorkersThatParked) {
  const auto pool = make_pool(2, 1'000);
  for (int round = 0; round < 10; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    EXPECT_EQ(ranges_of(*pool, 3, 1, 3).size(), 3u);
  }
}

TEST(ThreadPool, WaitsForWorkersThatTakeLongerThanTheCaller) {
  const auto pool = make_pool(2, 1'000);
  std::atomic<int> ended = 0;
  pool->parallel_for(3, [&](int64_t begin, int64_t) {
    if (begin != 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ++ended;
  });
  EXPECT_EQ(ended, 3);
}

TEST(ThreadPool, RunsNestedLoopsOnTheThreadThatCalls) {
  const auto pool = make_pool(3);
  const auto other = make_pool(3);
  std::atomic<int64_t> sum = 0;
  std::atomic<int> strangers = 0;
  pool->parallel_for(4, [&](int64_t, int64_t) {
    const auto outer = std::this_thread::get_id();
    for (ThreadPool* nested : {pool.get(), other.get()}) {
      nested->parallel_for(100, [&](int64_t begin, int64_t end) {
        if (std::this_thread::get_id() != outer) ++strangers;
        sum += end - begin;
      });
    }
  });
  EXPECT_EQ(strangers, 0);
  EXPECT_EQ(sum, 800);
  EXPECT_EQ(ranges_of(*pool, 4, 1, 4).size(), 4u) << "the caller is outside again";
}

TEST(ThreadPool, ServesManyCallersAtOnce) {
  const auto pool = make_pool(3, 2'000);
  std::atomic<int> wrong = 0;
  const auto call = [&](int64_t caller) {
    std::vector<int64_t> values(512);
    for (int64_t round = 0; round < 400; ++round) {
      const int64_t n = 1 + (round * 31 + caller) % 512;
      pool->parallel_for(n, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) values[static_cast<size_t>(i)] = round + caller;
      });
      if (std::count(values.begin(), values.begin() + n, round + caller) != n) ++wrong;
    }
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) callers.emplace_back(call, i);
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ThreadPool, LetsASecondCallerRunWhileAllWorkersAreTaken) {
  const auto pool = make_pool(1);
  std::atomic<int> entered = 0;
  std::atomic<bool> leave = false;
  std::thread first([&] {
    pool->parallel_for(2, [&](int64_t, int64_t) {
      ++entered;
      while (!leave) std::this_thread::yield();
    });
  });
  while (entered != 2) std::this_thread::yield();
  EXPECT_EQ(ranges_of(*pool, 10, 1, 2), (std::vector<Range>{{0, 10}}));
  leave = true;
  first.join();
}

constexpr std::array kCpus = {0, 1, 2, 3};

std::unique_ptr<ThreadPool> make_leasing_pool(int workers, CoreLeases& leases) {
  return ThreadPool::create({.workers = workers, .spin_ns = 2'000, .leases = &leases}).value();
}

TEST(ThreadPool, HoldsACoreForEachThreadDuringALoop) {
  CoreLeases leases(kCpus, 3);
  const auto pool = make_leasing_pool(3, leases);
  EXPECT_EQ(leases.leased(), 0);
  for (const auto& [n, held] : {Range{100, 3}, Range{2, 2}, Range{1, 1}}) {
    std::atomic<int> in_nested = 0;
    const auto body = [&](int64_t, int64_t) {
      pool->parallel_for(4, [&](int64_t, int64_t) { in_nested = leases.leased(); });
    };
    pool->parallel_for(n, body);
    EXPECT_EQ(in_nested, held) << "for a loop of " << n;
    EXPECT_EQ(leases.leased(), 0);
  }
}

TEST(ThreadPool, UsesNoMoreThreadsThanThereAreFreeCores) {
  CoreLeases leases(kCpus, 4);
  const auto pool = make_leasing_pool(3, leases);
  for (const int taken : {1, 2, 3, 4}) {
    const CoreLease others = leases.lease(taken, LeasePolicy::kExactly);
    const int expected = std::max(4 - taken, 1);
    EXPECT_EQ(ranges_of(*pool, 100, 1, INT32_MAX).size(), static_cast<size_t>(expected))
        << taken << " cores are taken";
    EXPECT_EQ(leases.leased(), taken);
  }
  EXPECT_EQ(ranges_of(*pool, 100, 1, INT32_MAX).size(), 4u);
}

TEST(ThreadPool, GivesBackCoresForWhichNoWorkerIsIdle) {
  CoreLeases leases(kCpus, 4);
  const auto pool = make_leasing_pool(1, leases);
  std::atomic<int> entered = 0;
  std::atomic<bool> leave = false;
  std::thread first([&] {
    pool->parallel_for(2, [&](int64_t, int64_t) {
      ++entered;
      while (!leave) std::this_thread::yield();
    });
  });
  while (entered != 2) std::this_thread::yield();
  int leased = 0;
  pool->parallel_for(2, [&](int64_t, int64_t) { leased = leases.leased(); });
  EXPECT_EQ(leased, 3) << "two of the first loop, one of the second";
  leave = true;
  first.join();
}

TEST(ThreadPool, KeepsAllPoolsTogetherToTheLimit) {
  constexpr int kLimit = 3;
  CoreLeases leases(kCpus, kLimit);
  const std::array pools = {make_leasing_pool(3, leases), make_leasing_pool(3, leases)};
  std::atomic<int> running = 0;
  std::atomic<int> too_many = 0;
  std::atomic<int> wrong = 0;
  std::atomic<int> split_loops = 0;
  const auto call = [&](ThreadPool& pool) {
    for (int64_t round = 0; round < 200; ++round) {
      const int64_t n = 1 + round % 100;
      std::atomic<int64_t> covered = 0;
      pool.parallel_for(n, [&](int64_t begin, int64_t end) {
        covered += end - begin;
        // A caller alone may be one that found no core free.
        if (end - begin == n) return;
        if (++running > kLimit) ++too_many;
        if (begin == 0) ++split_loops;
        std::this_thread::yield();
        --running;
      });
      if (covered != n) ++wrong;
    }
  };
  std::vector<std::thread> callers;
  for (const auto& pool : pools) callers.emplace_back(call, std::ref(*pool));
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(too_many, 0);
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(split_loops, 0);
  EXPECT_EQ(leases.leased(), 0);
}

// Threads that each of three loops got.
std::vector<size_t> threads_of_loops(ThreadPool& pool, std::array<int64_t, 3> lengths) {
  std::vector<size_t> threads;
  for (const int64_t n : lengths) threads.push_back(ranges_of(pool, n, 1, INT32_MAX).size());
  return threads;
}

TEST(ThreadPoolSession, KeepsTheCoresThatItsLoopsNeeded) {
  CoreLeases leases(kCpus, 4);
  const auto pool = make_leasing_pool(3, leases);
  {
    const ThreadPool::Session session(*pool);
    EXPECT_EQ(leases.leased(), 1) << "the caller's";
    EXPECT_EQ(threads_of_loops(*pool, {1, 3, 2}), (std::vector<size_t>{1, 3, 2}));
    EXPECT_EQ(leases.leased(), 3);
    EXPECT_EQ(threads_of_loops(*pool, {100, 1, 4}), (std::vector<size_t>{4, 1, 4}));
    EXPECT_EQ(leases.leased(), 4);
  }
  EXPECT_EQ(leases.leased(), 0);
  EXPECT_EQ(ranges_of(*pool, 4, 1, 4).size(), 4U) << "its workers are free again";
}

TEST(ThreadPoolSession, TakesCoresThatBecomeFree) {
  CoreLeases leases(kCpus, 4);
  const auto pool = make_leasing_pool(3, leases);
  CoreLease others = leases.lease(4, LeasePolicy::kExactly);
  const ThreadPool::Session session(*pool);
  EXPECT_EQ(leases.uncovered(), 1);
  EXPECT_EQ(ranges_of(*pool, 4, 1, 4).size(), 1U);
  others.shrink(2);
  EXPECT_EQ(ranges_of(*pool, 4, 1, 4).size(), 2U);
  EXPECT_EQ(leases.uncovered(), 0);
  others.release();
  EXPECT_EQ(ranges_of(*pool, 4, 1, 4).size(), 4U);
}

TEST(ThreadPoolSession, GivesACoreToAThreadThatHasNone) {
  CoreLeases leases(kCpus, 2);
  const auto pool = make_leasing_pool(1, leases);
  const ThreadPool::Session session(*pool);
  EXPECT_EQ(ranges_of(*pool, 2, 1, 2).size(), 2U);
  const auto other_pool = make_leasing_pool(1, leases);
  std::thread other([&] {
    const ThreadPool::Session starved(*other_pool);
    EXPECT_EQ(leases.uncovered(), 1);
    while (leases.leased() == 2) std::this_thread::yield();
    EXPECT_EQ(ranges_of(*other_pool, 2, 1, 2).size(), 1U);
    EXPECT_EQ(leases.uncovered(), 0);
    EXPECT_EQ(leases.leased(), 2);
  });
  while (leases.leased() == 2 && leases.uncovered() == 0) std::this_thread::yield();
  EXPECT_EQ(ranges_of(*pool, 2, 1, 2).size(), 1U);
  other.join();
  EXPECT_EQ(ranges_of(*pool, 2, 1, 2).size(), 2U) << "the core came back";
}

TEST(ThreadPoolSession, ChangesNothingInsideOfAnother) {
  CoreLeases leases(kCpus, 4);
  const auto pool = make_leasing_pool(3, leases);
  const auto other = make_leasing_pool(1, leases);
  const ThreadPool::Session outer(*pool);
  {
    const ThreadPool::Session inner(*pool);
    EXPECT_EQ(ranges_of(*pool, 2, 1, 2).size(), 2U);
    EXPECT_EQ(leases.leased(), 2);
  }
  EXPECT_EQ(leases.leased(), 2);
  {
    const ThreadPool::Session of_another_pool(*other);
    EXPECT_EQ(ranges_of(*other, 2, 1, 2).size(), 2U);
    EXPECT_EQ(leases.leased(), 4);
  }
  EXPECT_EQ(ranges_of(*pool, 2, 1, 2).size(), 2U);
  EXPECT_EQ(leases.leased(), 2);
}

TEST(ThreadPoolSession, KeepsWorkersAwakeBetweenLoops) {
  // They would park at once.
  const auto pool = make_pool(2, 0);
  std::vector<int64_t> values(100);
  const ThreadPool::Session session(*pool);
  for (int64_t round = 1; round <= 200; ++round) {
    pool->parallel_for(100, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) values[static_cast<size_t>(i)] += round;
    });
    if (round % 50 == 0) std::this_thread::sleep_for(std::chrono::microseconds(round));
  }
  EXPECT_EQ(std::count(values.begin(), values.end(), 200 * 201 / 2), 100);
}

TEST(ThreadPoolSession, SharesThePoolWithOthers) {
  constexpr int kLimit = 3;
  CoreLeases leases(kCpus, kLimit);
  const auto pool = make_leasing_pool(3, leases);
  std::atomic<int> wrong = 0;
  const auto call = [&] {
    std::vector<int64_t> values(64);
    for (int64_t round = 0; round < 100; ++round) {
      const ThreadPool::Session session(*pool);
      for (int64_t loop = 0; loop < 5; ++loop) {
        pool->parallel_for(64, [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) values[static_cast<size_t>(i)] = round + loop;
        });
        if (std::count(values.begin(), values.end(), round + loop) != 64) ++wrong;
      }
    }
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) callers.emplace_back(call);
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(leases.leased(), 0);
  EXPECT_EQ(leases.uncovered(), 0);
}

TEST(ThreadPool, StartsAndEndsInAnyState) {
  for (int round = 0; round < 50; ++round) {
    const auto pool = make_pool(3, round % 2 == 0 ? 0 : 100'000);
    if (round % 3 == 0) {
      EXPECT_EQ(ranges_of(*pool, 4, 1, 4).size(), 4u);
    }
    if (round % 5 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
}

TEST(ThreadPool, RefusesANegativeNumberOfWorkers) {
  EXPECT_THAT(ThreadPool::create({.workers = -1}), IsError(ErrorKind::kInvalidArgument, "-1"));
}

TEST(ThreadPoolDeathTest, EndsTheProcessOnAnExceptionFromTheBody) {
  EXPECT_DEATH(
      {
        const auto pool = make_pool(0);
        pool->parallel_for(1, [](int64_t, int64_t) { throw std::runtime_error("from the body"); });
      },
      "terminate called");
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

[[noreturn]] void start_too_many_threads() {
  const rlimit limit = {.rlim_cur = rlim_t{256} << 20, .rlim_max = RLIM_INFINITY};
  setrlimit(RLIMIT_AS, &limit);
  const auto pool = ThreadPool::create({.workers = 5000});
  if (!pool.ok()) std::fprintf(stderr, "%s\n", pool.error().to_string().c_str());
  std::_Exit(pool.ok() ? 1 : 0);
}

// In a process of its own, because the limit is for all that the process does.
TEST(ThreadPoolDeathTest, SaysWhichThreadTheSystemRefused) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer needs the address space";
  EXPECT_EXIT(start_too_many_threads(), ::testing::ExitedWithCode(0),
              "OutOfMemory: cannot start worker thread [0-9]+ of 5000: .*limit");
}

}  // namespace
}  // namespace tenon::internal
