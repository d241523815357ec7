// Measures what cores and memory give at this moment.
#pragma once

#include "device/host_device.h"
#include "devices/cpu/isa.h"

#include <tenon/error.h>
#include <tenon/types.h>

namespace tenon::internal {

// The sum over as many threads as an execution on `device`, its pool's, gets now. Errors:
// OutOfMemory.
Result<double> measure_cpu_peak(PeakKind kind, double seconds, Isa isa, HostDevice& device);

}  // namespace tenon::internal
