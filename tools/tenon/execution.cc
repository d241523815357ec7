#include "execution.h"

#include <fmt/format.h>

#include <utility>

namespace tenon::cli {

Result<Execution> Execution::create(const Engine& engine, const TensorMap& inputs,
                                    const ContextOptions& options) {
  for (const TensorInfo& info : engine.inputs()) {
    if (!inputs.contains(info.name)) {
      return Error(ErrorKind::kInvalidArgument,
                   fmt::format("input '{}' ({}) is missing: give --input {}=FILE, or @random",
                               info.name, to_string(info), info.name));
    }
  }
  Result<Context> context = engine.create_context(options);
  if (!context.ok()) return std::move(context).error();
  Execution execution(engine, std::move(context).value());
  for (const TensorInfo& info : engine.inputs()) {
    Status bound = execution.bind_input(info, inputs.at(info.name));
    if (!bound.ok()) return std::move(bound).error();
  }
  for (const TensorInfo& info : engine.outputs()) {
    Status bound = execution.bind_output(info);
    if (!bound.ok()) return std::move(bound).error();
  }
  Status copied = execution.copy_in();
  if (!copied.ok()) return std::move(copied).error();
  return execution;
}

Status Execution::bind_input(const TensorInfo& info, const Tensor& tensor) {
  Status shaped = context_.set_shape(info.name, tensor.shape);
  if (!shaped.ok()) return shaped;
  Result<DeviceBuffer> buffer = engine_.device().allocate(tensor.bytes.size());
  if (!buffer.ok()) return std::move(buffer).error();
  Result<Tensor> host = in_memory(fmt::format("input '{}'", info.name), tensor.type, tensor.shape,
                                  [&] { return tensor; });
  if (!host.ok()) return std::move(host).error();
  inputs_.push_back({std::move(host).value(), std::move(buffer).value()});
  return context_.bind_input(
      info.name, ConstTensorView(inputs_.back().buffer->data(), tensor.type, tensor.shape));
}

Status Execution::bind_output(const TensorInfo& info) {
  Result<Shape> shape = context_.shape(info.name);
  // All inputs have shapes: it follows from data.
  if (!shape.ok()) return bind_late_output(info);
  Result<Tensor> host =
      in_memory(fmt::format("output '{}'", info.name), info.type, *shape, [&]() -> Tensor {
        const auto bytes = static_cast<size_t>(byte_size(info.type, *shape));
        return {.type = info.type, .shape = *shape, .bytes = std::vector<std::byte>(bytes)};
      });
  if (!host.ok()) return std::move(host).error();
  Result<DeviceBuffer> buffer = engine_.device().allocate(host->bytes.size());
  if (!buffer.ok()) return std::move(buffer).error();
  outputs_.push_back(
      std::make_shared<Slot>(Slot{std::move(host).value(), std::move(buffer).value()}));
  return context_.bind_output(info.name,
                              TensorView{outputs_.back()->buffer->data(), info.type, *shape});
}

Status Execution::bind_late_output(const TensorInfo& info) {
  outputs_.push_back(std::make_shared<Slot>());
  outputs_.back()->is_late = true;
  return context_.bind_output_allocator(
      info.name,
      [slot = outputs_.back(), info, device = engine_.device()](const Shape& shape,
                                                                size_t bytes) -> Result<void*> {
        Result<Tensor> host =
            in_memory(fmt::format("output '{}'", info.name), info.type, shape, [&]() -> Tensor {
              return {.type = info.type, .shape = shape, .bytes = std::vector<std::byte>(bytes)};
            });
        if (!host.ok()) return std::move(host).error();
        if (!slot->buffer || slot->buffer->size() < bytes) {
          Result<DeviceBuffer> buffer = device.allocate(bytes);
          if (!buffer.ok()) return std::move(buffer).error();
          slot->buffer = std::move(buffer).value();
        }
        slot->host = std::move(host).value();
        return slot->buffer->data();
      });
}

Status Execution::copy_in() {
  for (const Slot& slot : inputs_) {
    Status copied = engine_.device().copy_to_device(slot.buffer->data(), slot.host.bytes);
    if (!copied.ok()) return copied;
  }
  return {};
}

Status Execution::copy_out() {
  for (const SharedSlot& slot : outputs_) {
    Status copied = engine_.device().copy_to_host(slot->host.bytes, slot->buffer->data());
    if (!copied.ok()) return copied;
  }
  return {};
}

Status Execution::transfer_and_run() {
  Status status = copy_in();
  if (status.ok()) status = run();
  return status.ok() ? copy_out() : std::move(status);
}

Result<std::vector<Tensor>> Execution::outputs() {
  Status copied = copy_out();
  if (!copied.ok()) return std::move(copied).error();
  std::vector<Tensor> tensors;
  for (const SharedSlot& slot : outputs_) tensors.push_back(slot->host);
  return tensors;
}

MemoryReport Execution::memory() const {
  MemoryReport report = context_.memory();
  MemoryReport::Entry& io = report[MemoryKind::kIo];
  const auto add = [&](const Slot& slot, bool is_foreseen) {
    if (!slot.buffer) return;
    if (is_foreseen) io.predicted += byte_size(slot.host.type, slot.host.shape);
    io.allocated += static_cast<int64_t>(slot.buffer->size());
  };
  for (const Slot& slot : inputs_) add(slot, true);
  for (const SharedSlot& slot : outputs_) add(*slot, !slot->is_late);
  return report;
}

}  // namespace tenon::cli
