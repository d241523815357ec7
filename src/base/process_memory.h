#pragma once

// Resident memory of this process as the system counts it, file mappings included.

#include <tenon/error.h>

#include <cstdint>

namespace tenon::internal {

// Bytes resident now. kIoError where /proc is not available.
Result<int64_t> current_rss_bytes();

// The most bytes that were resident at any time since the process started, or its peak was reset;
// never below current_rss_bytes() by more than what the kernel counts late (a few pages per
// thread).
Result<int64_t> peak_rss_bytes();

// Makes the peak of the process (VmHWM) what is resident now. Errors: IoError where the system does
// not let it.
Status reset_peak_rss();

}  // namespace tenon::internal
