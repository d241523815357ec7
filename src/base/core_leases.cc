#include "base/core_leases.h"

#include <sched.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/threads.h"

namespace tenon::internal {
namespace {

std::vector<int> leasable_cpus() {
  std::vector<int> cpus = allowed_cpus();
  std::erase_if(cpus, [](int cpu) { return cpu >= CoreLease::kMaxCpus; });
  return cpus;
}

}  // namespace

CoreLease::CoreLease(CoreLease&& other) noexcept
    : table_(std::exchange(other.table_, nullptr)),
      cpus_(std::exchange(other.cpus_, {})),
      count_(std::exchange(other.count_, 0)) {}

CoreLease& CoreLease::operator=(CoreLease&& other) noexcept {
  if (this != &other) {
    release();
    table_ = std::exchange(other.table_, nullptr);
    cpus_ = std::exchange(other.cpus_, {});
    count_ = std::exchange(other.count_, 0);
  }
  return *this;
}

void CoreLease::add(CoreLease other) noexcept {
  if (table_ == nullptr) table_ = other.table_;
  cpus_ |= other.cpus_;
  count_ += std::exchange(other.count_, 0);
}

void CoreLease::shrink(int count) noexcept {
  if (count_ > std::max(count, 0)) table_->give_back(*this, std::max(count, 0));
}

CoreLeases& CoreLeases::process() {
  // Never destroyed: other threads may still give cores back while the process ends.
  static CoreLeases& table = *new CoreLeases(leasable_cpus(), allowed_cores());
  return table;
}

CoreLeases::CoreLeases(std::span<const int> cpus, int limit)
    : cpus_(cpus.begin(), cpus.end()), taken_(new std::atomic<bool>[cpus.size()]()) {
  std::sort(cpus_.begin(), cpus_.end());
  TENON_CHECK(std::adjacent_find(cpus_.begin(), cpus_.end()) == cpus_.end(),
              "a CPU is named twice");
  TENON_CHECK(cpus_.empty() || (cpus_.front() >= 0 && cpus_.back() < CoreLease::kMaxCpus));
  limit_ = std::clamp(limit, 0, static_cast<int>(cpus_.size()));
}

CoreLease CoreLeases::lease(int count, LeasePolicy policy) noexcept {
  CoreLease lease;
  if (count <= 0 || limit_ == 0) return lease;
  const int granted = reserve(count, policy);
  if (granted == 0) return lease;
  lease.table_ = this;
  const auto here = std::lower_bound(cpus_.begin(), cpus_.end(), sched_getcpu());
  size_t index = static_cast<size_t>(here - cpus_.begin());
  // Never more CPUs are marked than reserved, so the search always ends: a mark is cleared before
  // its reservation is.
  while (lease.count_ < granted) {
    if (index >= cpus_.size()) index = 0;
    if (!taken_[index].load(std::memory_order_relaxed) &&
        !taken_[index].exchange(true, std::memory_order_acquire)) {
      lease.cpus_.set(static_cast<size_t>(cpus_[index]));
      ++lease.count_;
    }
    ++index;
  }
  return lease;
}

int CoreLeases::reserve(int count, LeasePolicy policy) noexcept {
  int current = leased_.load();
  for (;;) {
    const int granted = std::min(count, limit_ - current);
    if (policy == LeasePolicy::kExactly && granted < count) return 0;
    if (granted > 0) {
      if (leased_.compare_exchange_weak(current, current + granted)) return granted;
      continue;
    }
    if (policy != LeasePolicy::kAtLeastOne) return 0;
    leased_.wait(current);
    current = leased_.load();
  }
}

void CoreLeases::give_back(CoreLease& lease, int keep) noexcept {
  const int returned = lease.count_ - keep;
  for (size_t i = 0; lease.count_ > keep; ++i) {
    if (!lease.holds(cpus_[i])) continue;
    lease.cpus_.reset(static_cast<size_t>(cpus_[i]));
    --lease.count_;
    taken_[i].store(false, std::memory_order_release);
  }
  leased_.fetch_sub(returned);
  leased_.notify_all();
}

}  // namespace tenon::internal
