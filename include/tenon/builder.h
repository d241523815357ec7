/// Building: from a network to a plan.
#pragma once

#include <tenon/device.h>
#include <tenon/error.h>
#include <tenon/network.h>
#include <tenon/types.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace tenon {

namespace internal {
class AtomicFile;
}  // namespace internal

/// Takes the bytes of a plan, strictly in order. Used by one thread.
class PlanSink {
 public:
  virtual ~PlanSink() = default;
  virtual Status write(std::span<const std::byte> bytes) = 0;
};

/// A sink into a file that appears under its name whole or not at all: the bytes go to a temporary
/// beside it, commit() puts them on disk and renames it. Without a commit, and after a failure,
/// nothing is left behind and what stood under the name is as it was. A symbolic link is followed,
/// a replaced file keeps its permissions; devices and pipes are written directly. One thread at a
/// time.
class FileSink final : public PlanSink {
 public:
  /// Errors: NotFound where the folder does not exist, InvalidArgument for a folder, IoError.
  static Result<FileSink> create(const std::filesystem::path& path);
  ~FileSink() override;
  FileSink(FileSink&& other) noexcept;
  FileSink& operator=(FileSink&& other) noexcept;

  Status write(std::span<const std::byte> bytes) override;

  /// To be called once, as the last call.
  Status commit();

 private:
  explicit FileSink(std::unique_ptr<internal::AtomicFile> file) noexcept;

  std::unique_ptr<internal::AtomicFile> file_;
};

/// What the builder is at, for a progress bar.
struct BuildProgress {
  std::string_view phase;
  size_t done = 0;
  size_t total = 0;
};

struct BuildOptions {
  /// At most one in this version; empty: every open dim stays open.
  std::vector<Profile> profiles;
  /// Names of passes to leave out; a name that is none is an error that lists them.
  std::vector<std::string> disabled_passes;
  /// Called on the building thread between steps of work.
  std::function<void(const BuildProgress&)> progress;
  /// Called after each pass with its name, the number of rewrites and, where it changed the graph,
  /// the text diff.
  std::function<void(std::string_view pass, int rewrites, std::string_view diff)> pass_observer;
  std::stop_token stop;
};

/// What a build did.
struct BuildReport {
  struct Phase {
    std::string name;
    double seconds = 0;
  };
  double seconds = 0;
  size_t nodes_imported = 0;
  size_t nodes_planned = 0;
  int64_t plan_bytes = 0;
  int64_t peak_device_bytes = 0;
  /// The most that was resident during the build above what was before it, file mappings included.
  /// Finding it resets the peak that the system keeps of the process (VmHWM) where it can.
  int64_t peak_host_bytes = 0;
  std::vector<Phase> phases;
  std::vector<LayerInfo> layers;
  /// Inputs with open dims for which no optimum was given.
  std::vector<std::string> guessed_inputs;
};

/// Builds a plan for a device into a sink. The same network, options and device kind give the same
/// bytes. Errors: Unsupported (lists every node without a tactic), OutOfMemory, Cancelled (through
/// the stop token), and whatever the sink returns.
Result<BuildReport> build(const Network& network, const Device& device, const BuildOptions& options,
                          PlanSink& sink);

/// The same into memory.
Result<std::vector<std::byte>> build_to_bytes(const Network& network, const Device& device,
                                              const BuildOptions& options = {},
                                              BuildReport* report = nullptr);

/// The same into a file, which appears under its name only when it is whole.
Result<BuildReport> build_to_file(const Network& network, const Device& device,
                                  const BuildOptions& options, const std::filesystem::path& path);

}  // namespace tenon
