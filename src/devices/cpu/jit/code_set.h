// The code of one kernel, made as it is asked for.
#pragma once

#include "base/function_ref.h"
#include "device/tactic.h"
#include "devices/cpu/cpu_device.h"
#include "devices/cpu/isa.h"
#include "devices/cpu/jit/code.h"

#include <tenon/error.h>

#include <memory>
#include <string>
#include <vector>

namespace tenon::internal {

// What makes code takes it from here, so that a kernel can tell all that it has. One thread at a
// time.
class CodeSet {
 public:
  // The device outlives the set and the code.
  explicit CodeSet(CpuDevice& device) : device_(device) {}

  // Of the device.
  Isa isa() const { return isa_of(device_.info()); }

  // The code that `write` writes, or what kernels of the device have of that key already. Equal
  // keys must mean equal code. Errors: those of generate_code().
  Result<std::shared_ptr<const JitCode>> get(const std::string& key,
                                             FunctionRef<void(CodeWriter& writer)> write);

  // What was asked for so far, for Kernel::code().
  const std::vector<CodePiece>& pieces() const { return pieces_; }

 private:
  CpuDevice& device_;
  std::vector<CodePiece> pieces_;
};

}  // namespace tenon::internal
