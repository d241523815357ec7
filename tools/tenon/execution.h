// Runs an engine on host tensors, whatever the device: copies in and out where its memory is its
// own.
#pragma once

#include "tensors.h"

#include <tenon/tenon.h>

#include <memory>
#include <optional>
#include <vector>

namespace tenon::cli {

// A context with memory bound for all inputs and outputs. One thread at a time.
class Execution {
 public:
  // Sets the inputs' shapes, binds, and copies the inputs in. Errors: InvalidArgument for a missing
  // input or a shape that does not fit.
  static Result<Execution> create(const Engine& engine, const TensorMap& inputs,
                                  const ContextOptions& options = {});

  Status run() { return context_.run(); }

  // What a request costs on a device with memory of its own: inputs in, run, outputs out.
  Status transfer_and_run();

  // The outputs of the last run, in the engine's order.
  Result<std::vector<Tensor>> outputs();

  Context& context() { return context_; }

  // That of the context, with the device memory of its inputs and outputs as MemoryKind::kIo.
  MemoryReport memory() const;

 private:
  struct Slot {
    Tensor host;
    // None before the first run of a late output.
    std::optional<DeviceBuffer> buffer = std::nullopt;
    // The size follows from data.
    bool is_late = false;
  };
  // Shared with the allocator of an output whose shape follows from data.
  using SharedSlot = std::shared_ptr<Slot>;

  Execution(Engine engine, Context context)
      : engine_(std::move(engine)), context_(std::move(context)) {}
  Status bind_input(const TensorInfo& info, const Tensor& tensor);
  Status bind_output(const TensorInfo& info);
  Status bind_late_output(const TensorInfo& info);
  Status copy_in();
  Status copy_out();

  Engine engine_;
  Context context_;
  std::vector<Slot> inputs_;
  std::vector<SharedSlot> outputs_;
};

}  // namespace tenon::cli
