#pragma once

// Time that only goes forward.

#include <cstdint>

namespace tenon::internal {

// Nanoseconds since an arbitrary moment, the same for all threads of the process.
int64_t monotonic_ns() noexcept;

// Time since it was made or restarted.
class Stopwatch {
 public:
  Stopwatch() noexcept : start_ns_(monotonic_ns()) {}

  void restart() noexcept { start_ns_ = monotonic_ns(); }
  int64_t elapsed_ns() const noexcept { return monotonic_ns() - start_ns_; }
  double elapsed_ms() const noexcept { return static_cast<double>(elapsed_ns()) * 1e-6; }
  double elapsed_s() const noexcept { return static_cast<double>(elapsed_ns()) * 1e-9; }

 private:
  int64_t start_ns_;
};

}  // namespace tenon::internal
