#include "devices/cpu/isa.h"

#include "device/tactic.h"

#include <algorithm>
#include <array>

namespace tenon::internal {
namespace {

// In the order of Isa.
constexpr std::array<std::string_view, 3> kNames = {"portable", "avx2", "avx512"};

}  // namespace

std::string_view to_string(Isa isa) { return kNames[static_cast<size_t>(isa)]; }

std::optional<Isa> isa_of_name(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Isa>(found - kNames.begin());
}

#if defined(__x86_64__)

Isa best_isa() {
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 &&
                    __builtin_cpu_supports("bmi2") != 0;
  if (!avx2) return Isa::kPortable;
  const bool avx512 =
      __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
      __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
  return avx512 ? Isa::kAvx512 : Isa::kAvx2;
}

#else

Isa best_isa() { return Isa::kPortable; }

#endif

Isa isa_of(const DeviceInfo& device) { return isa_of_name(device.isa).value_or(Isa::kPortable); }

std::string needs_isa(Isa isa) { return std::string(kNeedsIsa) + std::string(to_string(isa)); }

}  // namespace tenon::internal
