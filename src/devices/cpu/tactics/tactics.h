// The tactics of the CPU.
#pragma once

#include "device/tactic.h"

#include <span>

namespace tenon::internal {

// In order of preference.
std::span<const Tactic> cpu_tactics();

// The rows of the table, in the files of their names. Those that generate code exist on x86-64
// only.
extern const Tactic kCopyTactic;
extern const Tactic kNormalizationTactic;
extern const Tactic kPointwiseTactic;
extern const Tactic kReduceTactic;
extern const Tactic kResizeTactic;
extern const Tactic kSoftmaxTactic;
std::span<const Tactic> attention_tactics();
std::span<const Tactic> concat_tactics();
std::span<const Tactic> conv_tactics();
std::span<const Tactic> conv_stem_tactics();
std::span<const Tactic> conv_transpose_tactics();
std::span<const Tactic> matmul_tactics();
std::span<const Tactic> recurrent_tactics();
std::span<const Tactic> reformat_tactics();
std::span<const Tactic> window_tactics();

}  // namespace tenon::internal
