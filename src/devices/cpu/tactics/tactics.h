// The tactics of the CPU.
#pragma once

#include "device/tactic.h"

#include <span>

namespace tenon::internal {

// In order of preference.
std::span<const Tactic> cpu_tactics();

// The rows of the table, each in the file of its name. Those that generate code exist on x86-64
// only.
extern const Tactic kPointwiseTactic;

}  // namespace tenon::internal
