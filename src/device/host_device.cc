#include "device/host_device.h"

#include "base/errors.h"
#include "base/try.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tenon::internal {
namespace {

// Everything recorded on an immediate stream is done.
class HostEvent final : public Event {
 public:
  Status synchronize() override { return {}; }
  bool done() const override { return true; }
};

class HostStream final : public Stream {
 public:
  explicit HostStream(std::shared_ptr<HostDevice> device) : device_(std::move(device)) {}

  Status copy(void* destination, const void* source, size_t bytes, CopyKind kind) override {
    if (bytes == 0) return {};
    if (destination == nullptr || source == nullptr) {
      return invalid_argument("{} bytes cannot be copied from or to a null pointer", bytes);
    }
    std::byte* to = static_cast<std::byte*>(destination);
    if (kind != CopyKind::kDeviceToHost) to = TRY(device_->host_address(destination, bytes));
    const std::byte* from = static_cast<const std::byte*>(source);
    if (kind != CopyKind::kHostToDevice) from = TRY(device_->host_address(source, bytes));
    std::memmove(to, from, bytes);
    return {};
  }

  Status fill(void* destination, std::byte value, size_t bytes) override {
    if (bytes == 0) return {};
    std::memset(TRY(device_->host_address(destination, bytes)), static_cast<int>(value), bytes);
    return {};
  }

  Status record(Event& event) override {
    static_cast<void>(event);
    return {};
  }

  Status wait(Event& event) override { return event.synchronize(); }

  Status call(std::function<Status()> function) override {
    Status status = function();
    if (!status.ok() && first_error_.ok()) first_error_ = status;
    return {};
  }

  // One lease of cores for all loops.
  Status batch(FunctionRef<Status()> enqueue) override {
    const ThreadPool::Session session(device_->pool());
    return enqueue();
  }

  Status synchronize() override { return std::exchange(first_error_, Status()); }

 private:
  std::shared_ptr<HostDevice> device_;
  Status first_error_;
};

class ReferenceInvocation final : public Invocation {
 public:
  ReferenceInvocation(const Problem& problem, HostDevice& device,
                      std::span<const BoundOperand> inputs, std::span<const BoundOperand> outputs)
      : problem_(problem), device_(device) {
    for (const BoundOperand& operand : inputs) {
      inputs_.emplace_back(operand.host_bytes.data(), operand.type, operand.shape);
    }
    for (const BoundOperand& operand : outputs) {
      known_outputs_.push_back(operand.host_bytes);
      outputs_.push_back({nullptr, operand.type, operand.shape});
    }
  }

  Status enqueue(Stream& stream, std::span<void* const> pointers, void* workspace) override {
    static_cast<void>(stream);
    static_cast<void>(workspace);
    size_t at = 0;
    for (ConstTensorView& input : inputs_) {
      if (pointers[at] != nullptr) input.data = TRY(host_memory(pointers[at], input));
      ++at;
    }
    for (TensorView& output : outputs_) {
      output.data = TRY(host_memory(pointers[at], output));
      ++at;
    }
    if (known_outputs_.size() == 1 && !known_outputs_[0].empty()) {
      std::memcpy(outputs_[0].data, known_outputs_[0].data(), known_outputs_[0].size());
      return {};
    }
    return problem_.op->reference(problem_.attrs, inputs_, outputs_, device_.pool());
  }

 private:
  Result<std::byte*> host_memory(const void* data, const ConstTensorView& view) const {
    const int64_t bytes = byte_size(view.type, view.shape);
    if (bytes == 0) return static_cast<std::byte*>(nullptr);
    return device_.host_address(data, static_cast<size_t>(bytes));
  }

  const Problem& problem_;
  HostDevice& device_;
  std::vector<ConstTensorView> inputs_;
  std::vector<TensorView> outputs_;
  // Elements of outputs that follow from the shapes; the reference is not asked for those.
  std::vector<std::span<const std::byte>> known_outputs_;
};

class ReferenceKernel final : public Kernel {
 public:
  ReferenceKernel(Problem problem, HostDevice& device)
      : problem_(std::move(problem)), device_(device) {}

  Result<std::unique_ptr<Invocation>> bind(std::span<const BoundOperand> inputs,
                                           std::span<const BoundOperand> outputs) const override {
    return std::unique_ptr<Invocation>(
        std::make_unique<ReferenceInvocation>(problem_, device_, inputs, outputs));
  }

 private:
  Problem problem_;
  HostDevice& device_;
};

// References know dense tensors in the order of their shape only.
std::string rejects_other_layouts(const Problem& problem, const DeviceInfo& device) {
  static_cast<void>(device);
  // Whose reference reads and writes the layouts that its attributes name.
  if (problem.op->name == "Reformat") return {};
  const auto plain = [](const ValueInfo& info) { return info.layout == Layout::kPlain; };
  if (std::ranges::all_of(problem.inputs, plain) && std::ranges::all_of(problem.outputs, plain)) {
    return {};
  }
  return "references take and give plain tensors";
}

Dim no_workspace(const Problem& problem) {
  static_cast<void>(problem);
  return 0;
}

Result<std::unique_ptr<Kernel>> make_reference_kernel(const Problem& problem, Device& device) {
  return std::unique_ptr<Kernel>(
      std::make_unique<ReferenceKernel>(problem, static_cast<HostDevice&>(device)));
}

}  // namespace

constinit const Tactic kReferenceTactic = {
    .source = "own",
    .name = "reference",
    .version = 1,
    .doc = "The op's reference implementation, in host memory.",
    .rejects = rejects_other_layouts,
    .workspace = no_workspace,
    .make = make_reference_kernel,
    .last_resort = true,
};

Result<std::unique_ptr<Stream>> HostDevice::create_stream() {
  return std::unique_ptr<Stream>(
      std::make_unique<HostStream>(std::static_pointer_cast<HostDevice>(shared_from_this())));
}

Result<double> HostDevice::measure_peak(PeakKind kind, double seconds) {
  static_cast<void>(kind);
  static_cast<void>(seconds);
  return unsupported("what device {} can do at most is not measured", info().name);
}

Result<std::unique_ptr<Event>> HostDevice::create_event() {
  return std::unique_ptr<Event>(std::make_unique<HostEvent>());
}

}  // namespace tenon::internal
