#include "testing/bound_case.h"

#include "base/errors.h"
#include "base/try.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace tenon::internal::testing {
namespace {

constexpr size_t kGuardBytes = 128;
constexpr std::byte kGuard{0xcd};

size_t element_bytes(DataType type) {
  return std::max<size_t>(1, static_cast<size_t>(bits_of(type)) / 8);
}

bool is_on_host(const OpCaseData& data, size_t input) {
  return input < 32 && ((data.op->host_inputs >> input) & 1U) != 0;
}

// An upper bound of the terms that are added up for an element of the output.
double terms(const OpCaseData& data) {
  double terms = 1;
  for (const HostTensor& input : data.inputs) {
    terms = std::max(terms, static_cast<double>(input.elements()));
  }
  return terms;
}

}  // namespace

Problem problem_of(const OpCaseData& data) {
  return {data.op, data.attrs, data.input_infos, data.output_infos};
}

Tolerance tactic_tolerance(const OpCase& op_case, const OpCaseData& data, DataType type) {
  Tolerance tolerance = tolerance_or_default(op_case.tolerance, type);
  // Rounding errors of a sum grow with the square root of its length.
  constexpr double kFreeTerms = 1024;
  const double wider = std::max(1.0, std::sqrt(terms(data) / kFreeTerms));
  return {tolerance.absolute * wider, tolerance.relative * wider};
}

Result<std::unique_ptr<BoundCase>> BoundCase::create(const Tactic& tactic, const OpCaseData& data,
                                                     std::shared_ptr<Device> device,
                                                     std::optional<size_t> in_place) {
  const Problem problem = problem_of(data);
  std::unique_ptr<BoundCase> bound(new BoundCase(std::move(device)));
  bound->stream_ = TRY(bound->device_->create_stream());
  TRY_STATUS(bound->add_inputs(data));
  TRY_STATUS(bound->add_outputs(data, in_place));
  const int64_t workspace = TRY(tactic.workspace(problem).evaluate({}));
  bound->workspace_ = std::make_shared<Memory>(TRY(
      bound->allocate(static_cast<size_t>(workspace), kDeviceAlignment, MemoryKind::kWorkspace)));
  bound->kernel_ = TRY(tactic.make(problem, *bound->device_));
  bound->invocation_ = TRY(bound->kernel_->bind(bound->inputs_, bound->outputs_));
  return bound;
}

Result<BoundCase::Memory> BoundCase::allocate(size_t bytes, size_t element_bytes, MemoryKind kind) {
  Memory memory;
  const size_t all = bytes + 2 * kGuardBytes;
  memory.buffer = TRY(device_->allocate(all, kind));
  memory.bytes = bytes;
  memory.pointer = static_cast<std::byte*>(memory.buffer->data()) + kGuardBytes;
  if (device_->host_accessible()) memory.pointer += element_bytes % kDeviceAlignment;
  TRY_STATUS(stream_->fill(memory.buffer->data(), kGuard, all));
  return memory;
}

Status BoundCase::add_inputs(const OpCaseData& data) {
  for (size_t i = 0; i < data.inputs.size(); ++i) {
    const HostTensor& tensor = data.inputs[i];
    inputs_.push_back({.type = tensor.type(), .shape = tensor.shape(), .host_bytes = {}});
    memory_.push_back(nullptr);
    pointers_.push_back(nullptr);
    if (tensor.type() == DataType::kUndefined) continue;
    if (is_on_host(data, i)) {
      inputs_.back().host_bytes = tensor.bytes();
      continue;
    }
    memory_.back() = std::make_shared<Memory>(
        TRY(allocate(tensor.bytes().size(), element_bytes(tensor.type()), MemoryKind::kIo)));
    pointers_.back() = memory_.back()->pointer;
    TRY_STATUS(stream_->copy(pointers_.back(), tensor.bytes().data(), tensor.bytes().size(),
                             CopyKind::kHostToDevice));
  }
  return stream_->synchronize();
}

Status BoundCase::add_outputs(const OpCaseData& data, std::optional<size_t> in_place) {
  for (const ValueInfo& info : data.output_infos) {
    const Shape shape = TRY(evaluate(info.shape, {}));
    const auto bytes = static_cast<size_t>(byte_size(info.type, shape));
    const bool shares = in_place && outputs_.empty();
    memory_.push_back(shares ? memory_[*in_place]
                             : std::make_shared<Memory>(TRY(
                                   allocate(bytes, element_bytes(info.type), MemoryKind::kIo))));
    pointers_.push_back(memory_.back()->pointer);
    outputs_.push_back({.type = info.type, .shape = shape, .host_bytes = {}});
  }
  return {};
}

Result<std::vector<std::byte>> BoundCase::read(const Memory& memory, std::string_view what) {
  std::vector<std::byte> all(memory.buffer->size());
  TRY_STATUS(stream_->copy(all.data(), memory.buffer->data(), all.size(), CopyKind::kDeviceToHost));
  TRY_STATUS(stream_->synchronize());
  const auto begin =
      static_cast<size_t>(memory.pointer - static_cast<const std::byte*>(memory.buffer->data()));
  const auto is_guard = [](std::byte byte) { return byte == kGuard; };
  const std::span<const std::byte> bytes = all;
  if (!std::ranges::all_of(bytes.first(begin), is_guard) ||
      !std::ranges::all_of(bytes.subspan(begin + memory.bytes), is_guard)) {
    return corrupt("memory outside {} was written", what);
  }
  return std::vector<std::byte>(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                                bytes.begin() + static_cast<std::ptrdiff_t>(begin + memory.bytes));
}

Result<std::vector<HostTensor>> BoundCase::outputs() {
  for (size_t i = 0; i < memory_.size(); ++i) {
    if (memory_[i] != nullptr) TRY(read(*memory_[i], fmt::format("operand {}", i)));
  }
  TRY(read(*workspace_, "the workspace"));
  std::vector<HostTensor> results;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    auto bytes = std::make_shared<std::vector<std::byte>>(
        TRY(read(*memory_[inputs_.size() + i], fmt::format("output {}", i))));
    results.push_back(TRY(HostTensor::view(outputs_[i].type, outputs_[i].shape, *bytes, bytes)));
  }
  return results;
}

Result<std::vector<HostTensor>> run_tactic(const Tactic& tactic, const OpCaseData& data,
                                           std::shared_ptr<Device> device,
                                           std::optional<size_t> in_place) {
  const std::unique_ptr<BoundCase> bound =
      TRY(BoundCase::create(tactic, data, std::move(device), in_place));
  TRY_STATUS(bound->enqueue());
  return bound->outputs();
}

}  // namespace tenon::internal::testing
