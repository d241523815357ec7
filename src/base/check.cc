#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tenon::internal {

void check_failed(const char* file, int line, const char* condition,
                  std::string_view text) noexcept {
  std::fprintf(stderr, "%s:%d: tenon: check failed: %s%s%.*s\n", file, line, condition,
               text.empty() ? "" : ": ", static_cast<int>(text.size()), text.data());
  std::abort();
}

}  // namespace tenon::internal
