#include "base/clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace tenon::internal {
namespace {

TEST(Clock, NeverGoesBack) {
  int64_t last = monotonic_ns();
  for (int i = 0; i < 10'000; ++i) {
    const int64_t now = monotonic_ns();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(Stopwatch, MeasuresTheSameTimeInEachUnit) {
  Stopwatch watch;
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const double ms = watch.elapsed_ms();
  const double s = watch.elapsed_s();
  const auto ns = static_cast<double>(watch.elapsed_ns());
  EXPECT_GE(ms, 2.0);
  EXPECT_GE(s * 1e3, ms);
  EXPECT_GE(ns * 1e-9, s);
  watch.restart();
  EXPECT_LT(static_cast<double>(watch.elapsed_ns()), ns);
}

}  // namespace
}  // namespace tenon::internal
