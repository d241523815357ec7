#include "devices/cpu/tactics/function_kernel.h"

#include "base/try.h"
#include "device/host_device.h"

#include <algorithm>
#include <utility>

namespace tenon::internal {
namespace {

class FunctionInvocation final : public Invocation {
 public:
  FunctionInvocation(BoundFunction run, ThreadPool& pool) : run_(std::move(run)), pool_(pool) {}

  Status enqueue(Stream& stream, std::span<void* const> pointers, void* workspace) override {
    static_cast<void>(stream);
    run_({.pointers = pointers, .workspace = static_cast<std::byte*>(workspace), .pool = pool_});
    return {};
  }

 private:
  BoundFunction run_;
  ThreadPool& pool_;
};

// Writes the bytes to operand `output`.
BoundFunction copy_of(std::span<const std::byte> bytes, size_t output) {
  return [bytes, output](const Operands& operands) {
    std::ranges::copy(bytes, operands.output<std::byte>(output));
  };
}

class FunctionKernel final : public Kernel {
 public:
  FunctionKernel(BindFunction bind, HostDevice& device, std::vector<CodePiece> code)
      : bind_(std::move(bind)), device_(device), code_(std::move(code)) {}

  std::vector<CodePiece> code() const override { return code_; }

  Result<std::unique_ptr<Invocation>> bind(std::span<const BoundOperand> inputs,
                                           std::span<const BoundOperand> outputs) const override {
    // What follows from the shapes is there already, and its operands may not be.
    const bool is_known = outputs.size() == 1 && !outputs[0].host_bytes.empty();
    BoundFunction run =
        is_known ? copy_of(outputs[0].host_bytes, inputs.size()) : TRY(bind_(inputs, outputs));
    return std::unique_ptr<Invocation>(
        std::make_unique<FunctionInvocation>(std::move(run), device_.pool()));
  }

 private:
  BindFunction bind_;
  HostDevice& device_;
  std::vector<CodePiece> code_;
};

}  // namespace

std::unique_ptr<Kernel> function_kernel(Device& device, BindFunction bind,
                                        std::vector<CodePiece> code) {
  return std::make_unique<FunctionKernel>(std::move(bind), static_cast<HostDevice&>(device),
                                          std::move(code));
}

Dim no_workspace(const Problem& problem) {
  static_cast<void>(problem);
  return 0;
}

}  // namespace tenon::internal
