#include "devices/cpu/jit/code_set.h"

#include "base/try.h"
#include "devices/cpu/jit/code_cache.h"

#include <cstdint>

namespace tenon::internal {

Result<std::shared_ptr<const JitCode>> CodeSet::get(const std::string& key,
                                                    FunctionRef<void(CodeWriter& writer)> write) {
  std::shared_ptr<const JitCode> code =
      TRY(device_.code_cache().get(key, [&] { return generate_code(device_, write); }));
  pieces_.push_back({code, static_cast<int64_t>(code->size())});
  return code;
}

}  // namespace tenon::internal
