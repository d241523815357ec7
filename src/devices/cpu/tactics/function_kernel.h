// Kernels that are functions: what most tactics of the CPU consist of.
#pragma once

#include "base/thread_pool.h"
#include "device/tactic.h"

#include <tenon/error.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tenon::internal {

// What a kernel works on when it is enqueued: host memory, element alignment.
struct Operands {
  // Inputs, then outputs; nullptr for omitted operands and for those with host_bytes.
  std::span<void* const> pointers;
  std::byte* workspace;
  ThreadPool& pool;

  template <class T>
  const T* input(size_t index) const {
    return static_cast<const T*>(pointers[index]);
  }
  // `index` counts the inputs too.
  template <class T>
  T* output(size_t index) const {
    return static_cast<T*>(pointers[index]);
  }
};

// A problem at given shapes, ready to run. Allocates nothing.
using BoundFunction = std::function<void(const Operands& operands)>;

// Binds shapes; called from several threads. Errors: those of Kernel::bind.
using BindFunction = std::function<Result<BoundFunction>(std::span<const BoundOperand> inputs,
                                                         std::span<const BoundOperand> outputs)>;

// `device` is a HostDevice; `code` is that of Kernel::code().
std::unique_ptr<Kernel> function_kernel(Device& device, BindFunction bind,
                                        std::vector<CodePiece> code = {});

// For Tactic::workspace.
Dim no_workspace(const Problem& problem);

// For Tactic::rejects: the error's message, or empty.
template <class T>
std::string reason_of(const Result<T>& result) {
  return result.ok() ? std::string() : result.error().message();
}

}  // namespace tenon::internal
