// Facts about the processor.
#pragma once

#include <tenon/types.h>

namespace tenon::internal {

// Name, description, memory, and the properties that plans and timings depend on: vendor, family,
// model, stepping, instruction sets, cache sizes. `threads` is taken as it is.
DeviceInfo cpu_device_info(int threads);

}  // namespace tenon::internal
