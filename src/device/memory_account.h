// Counts what a device's allocator gave out, by kind.
#pragma once

#include <tenon/types.h>

#include <array>
#include <atomic>
#include <cstdint>

namespace tenon::internal {

// Thread-safety: any thread.
class MemoryAccount {
 public:
  void add(MemoryKind kind, int64_t bytes);
  void remove(MemoryKind kind, int64_t bytes);

  int64_t current(MemoryKind kind) const;
  int64_t current() const { return total_.load(std::memory_order_relaxed); }
  // Highest sum over all kinds since the start or the last reset_peak().
  int64_t peak() const { return peak_.load(std::memory_order_relaxed); }
  void reset_peak();

 private:
  std::array<std::atomic<int64_t>, kMemoryKinds> by_kind_{};
  std::atomic<int64_t> total_{0};
  std::atomic<int64_t> peak_{0};
};

}  // namespace tenon::internal
