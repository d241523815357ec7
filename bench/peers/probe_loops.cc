#include "probe_loops.h"

#include <cstdint>
#include <cstring>

namespace bench {
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

enum class Isa : uint8_t { kPortable, kAvx2, kAvx512 };

Isa detect() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return Isa::kAvx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Isa::kAvx2;
#endif
  return Isa::kPortable;
}

}  // namespace

std::string_view multiply_add_isa() {
  switch (detect()) {
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kPortable:
      break;
  }
  return "portable";
}

double multiply_add() {
#if defined(__x86_64__)
  const Isa isa = detect();
  if (isa == Isa::kAvx512) return multiply_add_avx512();
  if (isa == Isa::kAvx2) return multiply_add_avx2();
#endif
  return multiply_add_portable();
}

double read_all(std::span<const std::byte> buffer) {
#if defined(__x86_64__)
  if (detect() != Isa::kPortable) {
    read_avx2(buffer.data(), static_cast<int64_t>(buffer.size()));
    return static_cast<double>(buffer.size());
  }
#endif
  read_portable(buffer);
  return static_cast<double>(buffer.size());
}

}  // namespace bench
