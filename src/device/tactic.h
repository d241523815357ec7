// Tactics and kernels: how a problem is computed on a device.
#pragma once

#include "device/device.h"
#include "ops/problem.h"
#include "tensor/dim.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

// What a kernel knows of an operand once shapes are bound.
struct BoundOperand {
  // kUndefined: omitted.
  DataType type = DataType::kUndefined;
  Shape shape;
  // Elements that are known on the host (operands in OpDef::host_inputs, outputs that follow from
  // shapes); else empty. Host memory, dense; valid as long as the invocation.
  std::span<const std::byte> host_bytes;
};

// A kernel with its shapes: what is enqueued again and again.
class Invocation {
 public:
  virtual ~Invocation() = default;
  // `pointers`: inputs, then outputs, as device memory; nullptr for omitted operands and for those
  // with host_bytes. `workspace` has the tactic's workspace size at these shapes. Allocates nothing
  // where the device can avoid it. The pointers must stay valid until the stream has passed the
  // work.
  virtual Status enqueue(Stream& stream, std::span<void* const> pointers, void* workspace) = 0;
};

// A tactic made ready for one problem, whatever its free dims. Immutable, shared by contexts.
class Kernel {
 public:
  virtual ~Kernel() = default;
  // Binds shapes. The invocation must not outlive the kernel. Errors: InvalidArgument for shapes
  // that the operands cannot have together, OutOfMemory.
  virtual Result<std::unique_ptr<Invocation>> bind(std::span<const BoundOperand> inputs,
                                                   std::span<const BoundOperand> outputs) const = 0;
};

struct Tactic {
  // A provider: "own", "onednn" …
  std::string_view source;
  std::string_view name;
  // Raised when the same problem would give other numbers or another configuration.
  uint32_t version;
  std::string_view doc;
  // The reason why it cannot compute the problem, or empty.
  std::string (*rejects)(const Problem& problem, const DeviceInfo& device);
  // Scratch bytes as a function of the problem's dims.
  Dim (*workspace)(const Problem& problem);
  // `device` is the one whose table the tactic is in, and outlives the kernel.
  Result<std::unique_ptr<Kernel>> (*make)(const Problem& problem, Device& device);
};

// nullptr if the device has none of that name.
const Tactic* find_tactic(const Device& device, std::string_view source, std::string_view name);

// The first tactic that accepts. Errors: Unsupported with every tactic's reason.
Result<const Tactic*> default_tactic(const Problem& problem, const Device& device);

}  // namespace tenon::internal
