#include "device/memory_account.h"

namespace tenon::internal {

void MemoryAccount::add(MemoryKind kind, int64_t bytes) {
  by_kind_[static_cast<size_t>(kind)].fetch_add(bytes, std::memory_order_relaxed);
  const int64_t total = total_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (peak < total && !peak_.compare_exchange_weak(peak, total, std::memory_order_relaxed)) {
  }
}

void MemoryAccount::remove(MemoryKind kind, int64_t bytes) {
  by_kind_[static_cast<size_t>(kind)].fetch_sub(bytes, std::memory_order_relaxed);
  total_.fetch_sub(bytes, std::memory_order_relaxed);
}

int64_t MemoryAccount::current(MemoryKind kind) const {
  return by_kind_[static_cast<size_t>(kind)].load(std::memory_order_relaxed);
}

void MemoryAccount::reset_peak() { peak_.store(current(), std::memory_order_relaxed); }

}  // namespace tenon::internal
