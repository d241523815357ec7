// Memory of this process, from /proc.
#pragma once

#include <cstdint>

namespace bench {

// Resident bytes now; -1 where the system does not tell.
int64_t rss_bytes();

// Most resident bytes since the start, or since reset_peak_rss() where the system allows that.
int64_t peak_rss_bytes();
void reset_peak_rss();

}  // namespace bench
