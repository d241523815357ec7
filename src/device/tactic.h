// Tactics and kernels: how a problem is computed on a device.
#pragma once

#include "device/device.h"
#include "ops/problem.h"
#include "tensor/dim.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
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
  // Bytes from a row to the next, as PlanWindow has them; 0 where all of its bytes lie together and
  // for host_bytes.
  int64_t pitch = 0;
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

// Machine code that was made for kernels. Those that share it name the same object.
struct CodePiece {
  std::shared_ptr<const void> code;
  // As MemoryKind::kCode counts it.
  int64_t bytes = 0;
};

// Of all pieces together, each counted once.
int64_t code_bytes(std::span<const CodePiece> pieces);

// A tactic made ready for one problem, whatever its free dims. Immutable, shared by contexts.
class Kernel {
 public:
  virtual ~Kernel() = default;
  // All that is run at any shapes of the problem: neither binding nor running makes code.
  virtual std::vector<CodePiece> code() const { return {}; }
  // Binds shapes. The invocation must not outlive the kernel. Errors: InvalidArgument for shapes
  // that the operands cannot have together, OutOfMemory.
  virtual Result<std::unique_ptr<Invocation>> bind(std::span<const BoundOperand> inputs,
                                                   std::span<const BoundOperand> outputs) const = 0;
};

// A constant operand that a tactic wants in a form of its own.
struct Packing {
  // Among the problem's inputs; a bit of Problem::constants.
  size_t operand = 0;
  // Of the packed form.
  int64_t bytes = 0;
};

// A reason to reject starts so if it is the device's kernels that have too few instructions,
// whatever the problem.
inline constexpr std::string_view kNeedsIsa = "it needs the instruction set ";

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
  // Packed operands stand in the problem as they were before.
  Result<std::unique_ptr<Kernel>> (*make)(const Problem& problem, Device& device);
  // The operands that its kernels read packed; nullptr: none. Of a problem that is not rejected.
  std::vector<Packing> (*packings)(const Problem& problem) = nullptr;
  // Writes all bytes of one of them. Errors: OutOfMemory.
  Status (*pack)(const Problem& problem, size_t operand, const ConstTensorView& constant,
                 std::span<std::byte> packed) = nullptr;
  // Whether its kernels take operands with these pitches (PlanWindow), of inputs, then outputs;
  // nullptr: only without. Of a problem that is not rejected.
  bool (*takes_pitches)(const Problem& problem, std::span<const Dim> pitches) = nullptr;
  // Computes anything, slowly: taken only where every other tactic rejects.
  bool last_resort = false;
};

// The operands that a tactic wants packed for a problem that it accepts.
std::vector<Packing> packings(const Tactic& tactic, const Problem& problem);

// Whether a tactic takes operands with these pitches; 0 means that there is none.
bool takes_pitches(const Tactic& tactic, const Problem& problem, std::span<const Dim> pitches);

// nullptr if the device has none of that name.
const Tactic* find_tactic(const Device& device, std::string_view source, std::string_view name);

// The first tactic that accepts. Errors: Unsupported with every tactic's reason.
Result<const Tactic*> default_tactic(const Problem& problem, const Device& device);

}  // namespace tenon::internal
