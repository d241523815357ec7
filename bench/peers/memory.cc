#include "memory.h"

#include <fstream>
#include <string>

namespace bench {
namespace {

int64_t status_bytes(const std::string& key) {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    int64_t kibibytes = 0;
    if (word == key && file >> kibibytes) return kibibytes * 1024;
  }
  return -1;
}

}  // namespace

int64_t rss_bytes() { return status_bytes("VmRSS:"); }

int64_t peak_rss_bytes() { return status_bytes("VmHWM:"); }

void reset_peak_rss() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace bench
