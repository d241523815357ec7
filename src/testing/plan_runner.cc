#include "testing/plan_runner.h"

#include "base/aligned_copy.h"
#include "base/check.h"
#include "base/try.h"
#include "device/open.h"
#include "devices/cpu/cpu_device.h"
#include "devices/null/null_device.h"

#include <array>
#include <string>
#include <utility>

namespace tenon::internal::testing {

std::shared_ptr<Device> open_test_device(std::string_view name) {
  static constexpr std::array<DeviceKind, 2> kKinds = {{
      {"cpu", list_cpu_devices, open_cpu_device},
      {"null", list_null_devices, open_null_device},
  }};
  Result<std::shared_ptr<Device>> device = open_device(kKinds, name);
  TENON_CHECK(device.ok());
  return std::move(device).value();
}

Result<std::vector<std::byte>> plan_of(const Graph& graph, Device& device,
                                       const BuildSettings& settings) {
  std::vector<std::byte> bytes;
  TRY(build_plan(graph, device, settings, [&](std::span<const std::byte> block) -> Status {
    bytes.insert(bytes.end(), block.begin(), block.end());
    return {};
  }));
  return bytes;
}

std::vector<std::byte> written(const PlanBytes& plan) {
  std::vector<std::byte> bytes;
  const auto weight = [&](size_t index) -> Result<std::span<const std::byte>> {
    const PlanWeight& at = plan.plan.weights[index];
    return plan.weights.subspan(static_cast<size_t>(at.offset), static_cast<size_t>(at.bytes));
  };
  const auto count = write_plan(plan.plan, weight, [&](std::span<const std::byte> block) -> Status {
    bytes.insert(bytes.end(), block.begin(), block.end());
    return {};
  });
  TENON_CHECK(count.ok(), "{}", count.error().to_string());
  return bytes;
}

Result<std::shared_ptr<const Engine>> load_plan(std::span<const std::byte> bytes,
                                                std::shared_ptr<Device> device) {
  std::shared_ptr<const std::byte> copy = aligned_copy(bytes, kWeightAlignment);
  const std::span<const std::byte> view(copy.get(), bytes.size());
  return Engine::load(view, std::move(copy), std::move(device), /*verify_weight_sums=*/true);
}

Result<BoundContext> BoundContext::create(std::shared_ptr<const Engine> engine,
                                          std::span<const HostTensor> inputs) {
  BoundContext bound;
  Device& device = engine->device();
  const Plan& plan = engine->plan();
  TENON_CHECK(inputs.size() == plan.inputs.size());
  bound.context_ = TRY(Context::create(engine, /*profile=*/false));
  const auto stream = TRY(device.create_stream());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string& name = plan.inputs[i].name;
    TRY_STATUS(bound.context_->set_shape(name, inputs[i].shape()));
    auto buffer = TRY(device.allocate(inputs[i].bytes().size(), MemoryKind::kIo));
    TRY_STATUS(stream->copy(buffer->data(), inputs[i].bytes().data(), inputs[i].bytes().size(),
                            CopyKind::kHostToDevice));
    TRY_STATUS(bound.context_->bind_input(
        name, ConstTensorView(buffer->data(), inputs[i].type(), inputs[i].shape())));
    bound.inputs_.push_back(std::move(buffer));
  }
  bound.outputs_ = std::make_shared<std::vector<std::unique_ptr<Buffer>>>(plan.outputs.size());
  for (size_t i = 0; i < plan.outputs.size(); ++i) {
    const PlanBinding& output = plan.outputs[i];
    if (engine->epochs().of_value[output.value] > 0) {
      const auto allocate = [i, buffers = bound.outputs_, &device](const Shape&,
                                                                   size_t bytes) -> Result<void*> {
        (*buffers)[i] = TRY(device.allocate(bytes, MemoryKind::kIo));
        return (*buffers)[i]->data();
      };
      TRY_STATUS(bound.context_->bind_output_allocator(output.name, allocate));
      continue;
    }
    const DataType type = plan.values[output.value].info.type;
    const Shape shape = TRY(bound.context_->shape(output.name));
    auto buffer =
        TRY(device.allocate(static_cast<size_t>(byte_size(type, shape)), MemoryKind::kIo));
    TRY_STATUS(bound.context_->bind_output(output.name, TensorView{buffer->data(), type, shape}));
    (*bound.outputs_)[i] = std::move(buffer);
  }
  TRY_STATUS(stream->synchronize());
  return bound;
}

Result<std::vector<HostTensor>> BoundContext::run() {
  TRY_STATUS(context_->run());
  const Engine& engine = context_->engine();
  const auto stream = TRY(engine.device().create_stream());
  std::vector<HostTensor> results;
  for (size_t i = 0; i < outputs_->size(); ++i) {
    const PlanBinding& output = engine.plan().outputs[i];
    Status copied;
    results.push_back(
        TRY(HostTensor::make(engine.plan().values[output.value].info.type,
                             TRY(context_->shape(output.name)), [&](std::span<std::byte> elements) {
                               copied = stream->copy(elements.data(), (*outputs_)[i]->data(),
                                                     elements.size(), CopyKind::kDeviceToHost);
                             })));
    TRY_STATUS(std::move(copied));
  }
  TRY_STATUS(stream->synchronize());
  return results;
}

Result<std::vector<HostTensor>> run_graph(const Graph& graph, std::string_view device,
                                          std::span<const HostTensor> inputs,
                                          const BuildSettings& settings) {
  std::shared_ptr<Device> opened = open_test_device(device);
  const std::vector<std::byte> bytes = TRY(plan_of(graph, *opened, settings));
  BoundContext context =
      TRY(BoundContext::create(TRY(load_plan(bytes, std::move(opened))), inputs));
  return context.run();
}

}  // namespace tenon::internal::testing
