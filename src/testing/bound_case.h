// Cases of ops on tactics of devices: how tests and benchmarks make kernels.
#pragma once

#include "device/device.h"
#include "device/tactic.h"
#include "testing/compare.h"
#include "testing/op_cases.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tenon::internal::testing {

// Which dims of the operands are symbols.
enum class OpenDims : uint8_t { kNone, kFirst, kBehindChannels, kAll };

// How a case is put to a tactic.
struct CaseVariant {
  // Operands and results that can be are channels_last, but for constants.
  bool channels_last = false;
  // All operands but the first are constants, packed where the tactic wants it.
  bool constants = false;
  // The first operand has a pitch.
  bool pitched_operand = false;
  // The results have a pitch, and so have operands of the shape and layout of the first.
  bool pitched_result = false;
  // Of operands that are not constant, where the op can infer its results from them. Equal extents
  // are one symbol.
  OpenDims open = OpenDims::kNone;

  bool pitched() const { return pitched_operand || pitched_result; }
};

// "channels_last, constants"
std::string to_string(const CaseVariant& variant);

// All there are without open dims; the plain one without constants first.
std::vector<CaseVariant> case_variants();

Problem problem_of(const OpCaseData& data, const CaseVariant& variant = {});

// Whether a variant, of which the problem is, puts anything else to the tactic than one without
// channels_last or without constants does. The tactic must accept the problem.
bool is_distinct(const CaseVariant& variant, const Tactic& tactic, const Problem& problem);

// Whether the tactic takes the problem and its pitches, if the variant has any.
bool accepts(const Tactic& tactic, const OpCaseData& data, const CaseVariant& variant,
             const DeviceInfo& device);

// What a tactic may differ from the reference by: the case's own tolerance, or the default of the
// type, wider where many terms are added up in another order.
Tolerance tactic_tolerance(const OpCase& op_case, const OpCaseData& data, DataType type);

// A case made ready on a device: kernel, bound shapes, memory with the operands.
class BoundCase {
 public:
  // The tactic must accept the problem. All memory is at addresses that are aligned for elements
  // and no more where the device allows it, between guard bytes. With `in_place` output 0 is the
  // memory of that operand, which must have as many bytes.
  static Result<std::unique_ptr<BoundCase>> create(const Tactic& tactic, const OpCaseData& data,
                                                   std::shared_ptr<Device> device,
                                                   const CaseVariant& variant = {},
                                                   std::optional<size_t> in_place = {});

  Status enqueue() { return invocation_->enqueue(*stream_, pointers_, workspace_->pointer); }
  Status synchronize() { return stream_->synchronize(); }
  const Kernel& kernel() const { return *kernel_; }

  // Copies of the outputs, plain whatever the variant. Errors: CorruptData where guard bytes have
  // changed.
  Result<std::vector<HostTensor>> outputs();

 private:
  // How the bytes of an operand lie in memory: rows at a distance.
  struct Rows {
    int64_t bytes = 0;
    int64_t pitch = 0;
  };
  // Device memory of one operand, or of the workspace.
  struct Memory {
    std::unique_ptr<Buffer> buffer;
    std::byte* pointer = nullptr;
    size_t bytes = 0;
  };

  BoundCase(const Tactic& tactic, const OpCaseData& data, const CaseVariant& variant,
            std::shared_ptr<Device> device);
  // Of the operand or result at a position, whose bytes are that many.
  Rows rows_of(const Shape& shape, size_t position, size_t bytes) const;
  Result<Memory> allocate(size_t bytes, size_t element_bytes, MemoryKind kind);
  // The bytes, between guards that are still there.
  Result<std::vector<std::byte>> read(const Memory& memory, std::string_view what);
  // An operand as its kernel reads it.
  Result<std::vector<std::byte>> stored_bytes(const HostTensor& tensor, size_t position) const;
  Status add_inputs(const OpCaseData& data);
  Status add_outputs(std::optional<size_t> in_place);

  const Tactic& tactic_;
  Problem problem_;
  SymbolBindings symbols_;
  // Of inputs, then outputs.
  std::vector<Dim> pitches_;
  std::shared_ptr<Device> device_;
  std::unique_ptr<Stream> stream_;
  std::vector<BoundOperand> inputs_;
  std::vector<BoundOperand> outputs_;
  // Of operands that have some, by position: inputs, then outputs.
  std::vector<std::shared_ptr<Memory>> memory_;
  std::shared_ptr<Memory> workspace_;
  std::vector<void*> pointers_;
  // The invocation goes before its kernel.
  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<Invocation> invocation_;
};

// Makes, runs once, and copies the outputs.
Result<std::vector<HostTensor>> run_tactic(const Tactic& tactic, const OpCaseData& data,
                                           std::shared_ptr<Device> device,
                                           const CaseVariant& variant = {},
                                           std::optional<size_t> in_place = {});

}  // namespace tenon::internal::testing
