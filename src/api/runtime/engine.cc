#include <tenon/engine.h>

#include "api/runtime/guard.h"
#include "base/aligned_copy.h"
#include "base/files.h"
#include "base/try.h"
#include "plan/format.h"
#include "runtime/context.h"
#include "runtime/engine.h"

#include <utility>

namespace tenon {
namespace {

using internal::guarded;
using internal::MappedFile;

Result<Engine> load_bytes(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                          const Device& device, const LoadOptions& options) {
  return Engine(TRY(internal::Engine::load(bytes, std::move(owner), device.impl(),
                                           options.verify == VerifyLevel::kAll)),
                device);
}

Result<Engine> load_copy(std::span<const std::byte> bytes, const Device& device,
                         const LoadOptions& options) {
  std::shared_ptr<const std::byte> copy = internal::aligned_copy(bytes, internal::kWeightAlignment);
  const std::span<const std::byte> view(copy.get(), bytes.size());
  return load_bytes(view, std::move(copy), device, options);
}

Result<PlanInfo> describe_bytes(std::span<const std::byte> bytes, VerifyLevel verify) {
  const internal::PlanBytes read = TRY(internal::read_plan(bytes));
  if (verify == VerifyLevel::kAll) TRY_STATUS(internal::verify_weights(read));
  return internal::describe(read.plan);
}

}  // namespace

Engine::Engine(std::shared_ptr<const internal::Engine> impl, Device device)
    : impl_(std::move(impl)), device_(std::move(device)) {}

Result<bool> Engine::is_plan(const std::filesystem::path& path) {
  return guarded([&]() -> Result<bool> {
    return internal::looks_like_plan(TRY(MappedFile::open(path))->bytes());
  });
}

Result<PlanInfo> Engine::describe_plan(const std::filesystem::path& path, VerifyLevel verify) {
  return guarded([&]() -> Result<PlanInfo> {
    const std::shared_ptr<const MappedFile> file = TRY(MappedFile::open(path));
    return TRY_CONTEXT(describe_bytes(file->bytes(), verify), "while reading " + path.string());
  });
}

Result<Engine> Engine::load(const std::filesystem::path& path, const Device& device,
                            const LoadOptions& options) {
  return guarded([&]() -> Result<Engine> {
    const std::string context = "while loading " + path.string();
    std::shared_ptr<const MappedFile> file = TRY(MappedFile::open(path));
    const std::span<const std::byte> bytes = file->bytes();
    if (options.weights == WeightsPolicy::kCopy) {
      return TRY_CONTEXT(load_copy(bytes, device, options), context);
    }
    return TRY_CONTEXT(load_bytes(bytes, std::move(file), device, options), context);
  });
}

Result<Engine> Engine::load(std::span<const std::byte> bytes, const Device& device,
                            const LoadOptions& options) {
  return guarded([&] { return load_copy(bytes, device, options); });
}

const std::vector<TensorInfo>& Engine::inputs() const { return impl_->info().inputs; }
const std::vector<TensorInfo>& Engine::outputs() const { return impl_->info().outputs; }
const std::vector<Profile>& Engine::profiles() const { return impl_->info().profiles; }
const std::vector<LayerInfo>& Engine::layers() const { return impl_->info().layers; }
const Device& Engine::device() const { return device_; }

Result<MemoryReport> Engine::memory(const InputShapes& shapes) const {
  return guarded([&] { return impl_->memory(shapes); });
}

Result<MemoryReport> Engine::memory(const Profile& profile) const {
  return guarded([&] { return impl_->memory(profile); });
}

std::vector<std::string> Engine::unbounded_values() const { return impl_->unbounded_values(); }

Result<Context> Engine::create_context(const ContextOptions& options) const {
  return guarded([&]() -> Result<Context> {
    return Context(TRY(internal::Context::create(impl_, options.profile)));
  });
}

Context::Context(std::unique_ptr<internal::Context> impl) : impl_(std::move(impl)) {}
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

Status Context::set_shape(std::string_view input, std::span<const int64_t> shape) {
  return guarded([&] { return impl_->set_shape(input, shape); });
}

Result<Shape> Context::shape(std::string_view name) {
  return guarded([&] { return impl_->shape(name); });
}

Status Context::bind_input(std::string_view name, const ConstTensorView& view) {
  return guarded([&] { return impl_->bind_input(name, view); });
}

Status Context::bind_output(std::string_view name, const TensorView& view) {
  return guarded([&] { return impl_->bind_output(name, view); });
}

Status Context::bind_output_allocator(std::string_view name, OutputAllocator allocator) {
  return guarded([&] { return impl_->bind_output_allocator(name, std::move(allocator)); });
}

Status Context::bind(std::string_view input, const ConstTensorView& view) {
  return bind_input(input, view);
}

Status Context::bind(std::string_view name, const TensorView& view) {
  return guarded([&]() -> Status {
    if (impl_->engine().find_input(name).ok()) return impl_->bind_input(name, view);
    return impl_->bind_output(name, view);
  });
}

Status Context::run() {
  return guarded([&] { return impl_->run(); });
}

MemoryReport Context::memory() const { return impl_->memory(); }

std::vector<LayerTime> Context::layer_times() const {
  std::vector<LayerTime> times;
  const std::vector<LayerInfo>& layers = impl_->engine().info().layers;
  const std::vector<internal::StepTime> steps = impl_->step_times();
  for (size_t i = 0; i < steps.size(); ++i) {
    const auto& [runs, total_us, min_us, work] = steps[i];
    times.push_back({layers[i], runs, total_us, min_us, work.flops, work.bytes});
  }
  return times;
}

}  // namespace tenon
