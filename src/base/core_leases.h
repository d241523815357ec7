#pragma once

// Which cores are in use by Tenon in this process: one atomic per CPU, no threads, no locks.

#include <atomic>
#include <bitset>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tenon::internal {

class CoreLeases;

enum class LeasePolicy : uint8_t {
  kUpTo,       // what is free, at most the number asked for, possibly none
  kExactly,    // the number asked for or none
  kAtLeastOne  // as kUpTo, but waits until one is free
};

// Cores held until the lease is destroyed or released. Movable; one thread at a time. The table
// must outlive it.
class CoreLease {
 public:
  static constexpr int kMaxCpus = 1024;

  CoreLease() noexcept = default;
  ~CoreLease() { release(); }
  CoreLease(CoreLease&& other) noexcept;
  CoreLease& operator=(CoreLease&& other) noexcept;

  // Number of cores held.
  int count() const noexcept { return count_; }

  // Whether CPU number `cpu` is held.
  bool holds(int cpu) const noexcept {
    return cpu >= 0 && cpu < kMaxCpus && cpus_.test(static_cast<size_t>(cpu));
  }

  // Takes over the cores of another lease of the same table.
  void add(CoreLease other) noexcept;

  // Gives back all but `count` cores; which ones it keeps is not said.
  void shrink(int count) noexcept;

  // Gives all back; the lease then holds none.
  void release() noexcept { shrink(0); }

 private:
  friend class CoreLeases;

  CoreLeases* table_ = nullptr;
  std::bitset<kMaxCpus> cpus_;
  int count_ = 0;
};

// The table. CPU devices run workers only on cores leased from it, so that contexts times threads
// never oversubscribes the machine. Thread-safe; lease() and release() allocate nothing and take no
// lock.
class CoreLeases {
 public:
  // The table of the process, made at first use from allowed_cpus() and allowed_cores() of the
  // calling thread.
  static CoreLeases& process();

  // A table of its own, for tests: leases CPUs out of `cpus` (each below CoreLease::kMaxCpus), at
  // most `limit` at once.
  CoreLeases(std::span<const int> cpus, int limit);
  CoreLeases(const CoreLeases&) = delete;
  CoreLeases& operator=(const CoreLeases&) = delete;

  // The CPU on which the caller runs comes first, then those after it. `count` <= 0 gives an empty
  // lease. With kAtLeastOne a thread must not itself hold the leases it waits for.
  CoreLease lease(int count, LeasePolicy policy) noexcept;

  // The most cores that can be leased at once, and how many are now.
  int limit() const noexcept { return limit_; }
  int leased() const noexcept { return leased_.load(std::memory_order_relaxed); }

  // Threads that run though they found no core free. Who holds several cores for a long time looks
  // now and then and gives one back.
  void add_uncovered(int threads) noexcept { uncovered_.fetch_add(threads); }
  int uncovered() const noexcept { return uncovered_.load(std::memory_order_relaxed); }

 private:
  friend class CoreLease;

  int reserve(int count, LeasePolicy policy) noexcept;
  void give_back(CoreLease& lease, int keep) noexcept;

  std::vector<int> cpus_;
  std::unique_ptr<std::atomic<bool>[]> taken_;  // one for each of cpus_
  int limit_;
  std::atomic<int> leased_ = 0;
  std::atomic<int> uncovered_ = 0;
};

}  // namespace tenon::internal
