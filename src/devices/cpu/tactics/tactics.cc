#include "devices/cpu/tactics/tactics.h"

#include "device/host_device.h"

#include <vector>

namespace tenon::internal {

std::span<const Tactic> cpu_tactics() {
  // Made at the first call, never changed: rows live in several files, so no constexpr array.
  static const std::vector<Tactic> tactics = {
#if defined(__x86_64__)
    kPointwiseTactic,
#endif
    kReferenceTactic,
  };
  return tactics;
}

}  // namespace tenon::internal
