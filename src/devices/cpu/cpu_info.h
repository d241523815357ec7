// Facts about the processor.
#pragma once

#include "devices/cpu/isa.h"

#include <tenon/types.h>

namespace tenon::internal {

// Name, description, memory, and the properties that plans and timings depend on: vendor, family,
// model, stepping, instruction sets, cache sizes. `threads` and `isa` are taken as they are.
DeviceInfo cpu_device_info(int threads, Isa isa);

}  // namespace tenon::internal
