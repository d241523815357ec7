#include "devices/cpu/jit/code_cache.h"

#include "base/try.h"

#include <utility>

namespace tenon::internal {

Result<std::shared_ptr<const JitCode>> CodeCache::get(
    const std::string& key, FunctionRef<Result<std::unique_ptr<JitCode>>()> make) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = codes_.find(key);
  std::shared_ptr<const JitCode> code = found == codes_.end() ? nullptr : found->second.lock();
  if (code != nullptr) return code;
  code = TRY(make());
  // Making code takes longer than looking through what there is.
  std::erase_if(codes_, [](const auto& entry) { return entry.second.expired(); });
  codes_[key] = code;
  return code;
}

}  // namespace tenon::internal
