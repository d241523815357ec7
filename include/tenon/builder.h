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

/// Takes the bytes of a plan, strictly in order. Used by one thread.
class PlanSink {
 public:
  virtual ~PlanSink() = default;
  virtual Status write(std::span<const std::byte> bytes) = 0;
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
  /// Names of passes to leave out (`tenon build --show-passes` lists them).
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
