#include "devices/cpu/peaks.h"

#include "base/clock.h"
#include "base/try.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

namespace tenon::internal {
namespace {

constexpr int64_t kIterations = 10'000;

#if defined(__x86_64__)

// Compilers spill arrays of vector registers, so the loop is written out. There are more
// accumulators than two pipes of latency five can keep in flight; V is the register's first letter.
#define TENON_FOUR(M, V, A, B, C, D) M(V, A) M(V, B) M(V, C) M(V, D)
#define TENON_TWELVE(M, V)             \
  TENON_FOUR(M, V, "0", "1", "2", "3") \
  TENON_FOUR(M, V, "4", "5", "6", "7") TENON_FOUR(M, V, "8", "9", "10", "11")
#define TENON_CLEAR(V, N) "vxorps %%" V "mm" N ", %%" V "mm" N ", %%" V "mm" N "\n"
#define TENON_FMA(V, N) "vfmadd231ps %%" V "mm14, %%" V "mm15, %%" V "mm" N "\n"
#define TENON_LOAD(V, N) "vbroadcastss %1, %%" V "mm" N "\n"
#define TENON_MULTIPLY_ADD_LOOP(V) \
  TENON_TWELVE(TENON_CLEAR, "x")   \
  TENON_LOAD(V, "14")              \
  TENON_LOAD(V, "15") "1:\n" TENON_TWELVE(TENON_FMA, V) "dec %0\njnz 1b\nvzeroupper\n"
#define TENON_VECTOR_CLOBBERS                                                                    \
  "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
      "xmm11", "xmm14", "xmm15"

constexpr float kFactor = 0.7F;
constexpr int64_t kAccumulators = 12;

double multiply_add_avx512() {
  int64_t count = kIterations;
  asm volatile(TENON_MULTIPLY_ADD_LOOP("z") : "+r"(count) : "m"(kFactor) : TENON_VECTOR_CLOBBERS);
  return 2.0 * 16 * kAccumulators * kIterations;
}

double multiply_add_avx2() {
  int64_t count = kIterations;
  asm volatile(TENON_MULTIPLY_ADD_LOOP("y") : "+r"(count) : "m"(kFactor) : TENON_VECTOR_CLOBBERS);
  return 2.0 * 8 * kAccumulators * kIterations;
}

void read_avx2(const std::byte* data, int64_t bytes) {
  asm volatile(
      "1:\n"
      "vmovups (%0), %%ymm0\n"
      "vmovups 32(%0), %%ymm1\n"
      "vmovups 64(%0), %%ymm2\n"
      "vmovups 96(%0), %%ymm3\n"
      "vmovups 128(%0), %%ymm4\n"
      "vmovups 160(%0), %%ymm5\n"
      "vmovups 192(%0), %%ymm6\n"
      "vmovups 224(%0), %%ymm7\n"
      "add $256, %0\n"
      "sub $256, %1\n"
      "jnz 1b\n"
      "vzeroupper\n"
      : "+r"(data), "+r"(bytes)
      :
      : "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7");
}

#endif

double multiply_add_portable() {
  float sums[32] = {};
  volatile float factor = 0.5F;
  const float a = factor;
  for (int64_t i = 0; i < kIterations; ++i) {
    for (float& sum : sums) sum = sum * a + a;
  }
  float total = 0;
  for (const float sum : sums) total += sum;
  factor = total;
  return 2.0 * 32 * kIterations;
}

void read_portable(std::span<const std::byte> buffer) {
  uint64_t sums[8] = {};
  for (size_t at = 0; at < buffer.size(); at += sizeof sums) {
    uint64_t words[8];
    std::memcpy(words, buffer.data() + at, sizeof words);
    for (size_t i = 0; i < 8; ++i) sums[i] += words[i];
  }
  volatile uint64_t sink = 0;
  for (const uint64_t sum : sums) sink = sink + sum;
}

// Independent f32 multiply-adds in registers for some ten microseconds; the operations, two for
// each.
double multiply_add(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512) return multiply_add_avx512();
  if (isa == Isa::kAvx2) return multiply_add_avx2();
#endif
  static_cast<void>(isa);
  return multiply_add_portable();
}

// Reads a buffer of a multiple of 256 bytes once; the bytes.
double read_all(Isa isa, std::span<const std::byte> buffer) {
#if defined(__x86_64__)
  if (isa != Isa::kPortable) {
    read_avx2(buffer.data(), static_cast<int64_t>(buffer.size()));
    return static_cast<double>(buffer.size());
  }
#endif
  static_cast<void>(isa);
  read_portable(buffer);
  return static_cast<double>(buffer.size());
}

// Units of work per second of `work`, which does some and says how much, for at least `seconds`.
template <class Work>
double rate(double seconds, const Work& work) {
  double done = 0;
  const Stopwatch watch;
  while (true) {
    done += work();
    const double elapsed = watch.elapsed_s();
    if (elapsed >= seconds) return done / elapsed;
  }
}

// All buffers together are beyond every cache, and each is beyond a core's own ones.
constexpr size_t kAllBuffers = size_t{256} << 20;
constexpr size_t kLeastBuffer = size_t{32} << 20;

}  // namespace

Result<double> measure_cpu_peak(PeakKind kind, double seconds, Isa isa, HostDevice& device) {
  const auto threads = static_cast<size_t>(device.info().threads);
  std::vector<std::unique_ptr<Buffer>> buffers(threads);
  if (kind == PeakKind::kBandwidth) {
    const size_t bytes = std::max(kAllBuffers / threads, kLeastBuffer) / 256 * 256;
    for (auto& buffer : buffers) buffer = TRY(device.allocate(bytes, MemoryKind::kWorkspace));
  }
  std::vector<double> rates(threads);
  device.pool().parallel_for(static_cast<int64_t>(threads), [&](int64_t begin, int64_t) {
    // Where there are fewer threads, each has several indices and measures once.
    const auto thread = static_cast<size_t>(begin);
    if (kind == PeakKind::kFlops) {
      rates[thread] = rate(seconds, [&] { return multiply_add(isa); });
      return;
    }
    Buffer& buffer = *buffers[thread];
    // Pages that nobody has written are all one.
    std::memset(buffer.data(), 1, buffer.size());
    const std::span<const std::byte> bytes(static_cast<const std::byte*>(buffer.data()),
                                           buffer.size());
    rates[thread] = rate(seconds, [&] { return read_all(isa, bytes); });
  });
  return std::accumulate(rates.begin(), rates.end(), 0.0);
}

}  // namespace tenon::internal
