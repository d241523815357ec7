#include "devices/cpu/tactics/tactics.h"

#include "device/host_device.h"

#include <initializer_list>
#include <vector>

namespace tenon::internal {
namespace {

std::vector<Tactic> all_tactics() {
  std::vector<Tactic> tactics;
  const auto add = [&](std::initializer_list<std::span<const Tactic>> files) {
    for (const std::span<const Tactic> rows : files) {
      tactics.insert(tactics.end(), rows.begin(), rows.end());
    }
  };
#if defined(__x86_64__)
  add({attention_tactics(), window_tactics(), conv_stem_tactics(), conv_tactics(),
       conv_transpose_tactics(), matmul_tactics(), recurrent_tactics()});
  tactics.insert(tactics.end(),
                 {kNormalizationTactic, kPointwiseTactic, kReduceTactic, kSoftmaxTactic});
#endif
  add({concat_tactics(), reformat_tactics()});
  tactics.insert(tactics.end(), {kCopyTactic, kResizeTactic, kReferenceTactic});
  return tactics;
}

}  // namespace

std::span<const Tactic> cpu_tactics() {
  // Made at the first call, never changed: rows live in several files, so no constexpr array.
  static const std::vector<Tactic> tactics = all_tactics();
  return tactics;
}

}  // namespace tenon::internal
