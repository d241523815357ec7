// Code that several kernels of a device share.
#pragma once

#include "base/function_ref.h"
#include "devices/cpu/jit/code.h"

#include <tenon/error.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace tenon::internal {

// Keeps code findable as long as somebody uses it. Thread-safety: any thread.
class CodeCache {
 public:
  // The code of `key`, made by `make` where there is none. Equal keys must mean equal code. Errors:
  // those of `make`.
  Result<std::shared_ptr<const JitCode>> get(const std::string& key,
                                             FunctionRef<Result<std::unique_ptr<JitCode>>()> make);

 private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const JitCode>> codes_;
};

}  // namespace tenon::internal
