/// Running plans.
#pragma once

#include <tenon/device.h>
#include <tenon/error.h>
#include <tenon/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon {

namespace internal {
class Engine;
class Context;
}  // namespace internal

/// How much of a plan is checked at load. Header and metadata always are: whatever the bytes,
/// loading and running never reads or writes outside of its memory.
enum class VerifyLevel : uint8_t {
  kMetadata,
  /// The checksums of the weights too: reads every byte of the file.
  kAll,
};

/// Where the weights of a plan file live.
enum class WeightsPolicy : uint8_t {
  /// Pages of the file, shared between processes. The file may be replaced by rename, not changed.
  kMap,
  /// A private copy: the file may be changed or truncated after the load.
  kCopy,
};

struct LoadOptions {
  VerifyLevel verify = VerifyLevel::kMetadata;
  WeightsPolicy weights = WeightsPolicy::kMap;
};

struct ContextOptions {
  /// Records the time of each layer at every run, and what it costs.
  bool profile = false;
};

/// Time of one layer over the runs of a context so far, and what it costs by the definition of its
/// ops: a faster algorithm has the same cost.
struct LayerTime {
  LayerInfo layer;
  int64_t runs = 0;
  double total_us = 0;
  /// At the shapes of the latest run: of the shortest run, operations on elements (a multiplication
  /// and an addition are two), and the bytes of operands and results, each counted once.
  double min_us = 0;
  double flops = 0;
  double bytes = 0;
};

/// Gives memory for an output of this shape: device memory of at least `bytes`, aligned as for
/// bind_output(). Called by run(), on its thread. An error ends the run.
using OutputAllocator = std::function<Result<void*>(const Shape& shape, size_t bytes)>;

class Context;

/// A plan loaded on a device; copies share it. Immutable.
/// Thread-safety: every member may be called from any thread.
class Engine {
 public:
  /// Whether a file begins like a plan, of whatever version. Errors: NotFound, IoError.
  static Result<bool> is_plan(const std::filesystem::path& path);

  /// Reads what a plan file says of itself; needs no device. Errors: NotFound, IoError,
  /// CorruptData, VersionMismatch (another format).
  static Result<PlanInfo> describe_plan(const std::filesystem::path& path,
                                        VerifyLevel verify = VerifyLevel::kMetadata);

  /// Maps a plan file. Errors: NotFound, IoError, CorruptData, VersionMismatch (another format, or
  /// a tactic that this library lacks: named), Unsupported (another kind of device).
  static Result<Engine> load(const std::filesystem::path& path, const Device& device,
                             const LoadOptions& options = {});

  /// From memory; the bytes are copied.
  static Result<Engine> load(std::span<const std::byte> bytes, const Device& device,
                             const LoadOptions& options = {});

  const std::vector<TensorInfo>& inputs() const;
  const std::vector<TensorInfo>& outputs() const;
  const std::vector<Profile>& profiles() const;
  const std::vector<LayerInfo>& layers() const;
  const Device& device() const;

  /// Exact memory of a fresh context of this engine at these shapes, weights of the engine
  /// included. Where the plan's profile bounds all dims, a context takes the memory for its largest
  /// shapes at once, and these shapes change nothing. A process that loads the engine and runs such
  /// a context grows by no more than the total and 2 MiB, code of libraries that runs for the first
  /// time in it aside. Inputs without open dims may be left out. Errors: InvalidArgument.
  Result<MemoryReport> memory(const InputShapes& shapes) const;

  /// Upper bound over a profile: no fresh context takes more in total at shapes inside of it.
  /// Errors: Unsupported naming the dim where the profile has no max; NotFound or InvalidArgument
  /// where it does not fit the inputs.
  Result<MemoryReport> memory(const Profile& profile) const;

  /// Values in the memory of a context whose size follows from data: memory() does not count them.
  std::vector<std::string> unbounded_values() const;

  /// Keeps the engine alive. Errors: OutOfMemory.
  Result<Context> create_context(const ContextOptions& options = {}) const;

  /// For the layers below; not part of the API's promise.
  explicit Engine(std::shared_ptr<const internal::Engine> impl, Device device);
  const std::shared_ptr<const internal::Engine>& impl() const { return impl_; }

 private:
  std::shared_ptr<const internal::Engine> impl_;
  Device device_;
};

/// One execution state of an engine. Move only.
/// Thread-safety: one thread at a time, a second one gets Busy; the reports excepted.
class Context {
 public:
  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;
  ~Context();

  /// States the shape of an input with open dims; the last one prepares runs, which then report
  /// failures. Errors: InvalidArgument naming input, dim, value and the allowed range; NotFound.
  Status set_shape(std::string_view input, std::span<const int64_t> shape);

  /// Shape of an input or output at the shapes set so far; of an output whose shape follows from
  /// data, that of the last run. Errors: InvalidArgument while an input it depends on has no shape,
  /// or before that run.
  Result<Shape> shape(std::string_view name);

  /// Names the memory of an input or output: device memory of the tensor's size, aligned to its
  /// element. It must stay valid until replaced or the context is gone. Inputs may share memory;
  /// the memory of an output overlaps no other one. All that is checked at run(). Errors: NotFound.
  Status bind_input(std::string_view name, const ConstTensorView& view);
  Status bind_output(std::string_view name, const TensorView& view);

  /// Instead of bind_output(): asked for memory at each run, once the shape of the output is known.
  /// An output whose shape follows from data needs one, unless the caller knows its shape. Errors:
  /// NotFound.
  Status bind_output_allocator(std::string_view name, OutputAllocator allocator);

  /// The same by name alone; an input goes before an output of its name.
  Status bind(std::string_view input, const ConstTensorView& view);
  Status bind(std::string_view name, const TensorView& view);

  /// Runs once and waits. Errors: InvalidArgument for an unbound tensor, a wrong type or shape,
  /// misaligned or overlapping memory and such as Device::copy_to_device() refuses; Busy;
  /// OutOfMemory; DeviceError.
  Status run();

  /// Memory of this context and the weights of its engine, now. From any thread.
  MemoryReport memory() const;

  /// Times of the layers; empty unless ContextOptions::profile. From any thread.
  std::vector<LayerTime> layer_times() const;

  /// For the layers below; not part of the API's promise.
  explicit Context(std::unique_ptr<internal::Context> impl);

 private:
  std::unique_ptr<internal::Context> impl_;
};

}  // namespace tenon
