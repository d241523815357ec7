#include "devices/cpu/jit/code_cache.h"

#include "base/try.h"

#include <utility>

namespace tenon::internal {

Result<std::shared_ptr<const JitCode>> CodeCache::get(
    const std::string& key, FunctionRef<Result<std::unique_ptr<JitCode>>()> make) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::weak_ptr<const JitCode>& entry = codes_[key];
  std::shared_ptr<const JitCode> code = entry.lock();
  if (code == nullptr) {
    code = TRY(make());
    entry = code;
  }
  return code;
}

}  // namespace tenon::internal
