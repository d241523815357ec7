// The tactics of the CPU.
#pragma once

#include "device/tactic.h"

#include <span>

namespace tenon::internal {

// In order of preference.
std::span<const Tactic> cpu_tactics();

}  // namespace tenon::internal
