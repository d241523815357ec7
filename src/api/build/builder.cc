#include <tenon/builder.h>

#include "api/runtime/guard.h"
#include "base/clock.h"
#include "base/errors.h"
#include "base/process_memory.h"
#include "base/try.h"
#include "builder/build_plan.h"
#include "device/device.h"
#include "graph/graph.h"

#include <algorithm>
#include <utility>

namespace tenon {
namespace {

using internal::ByteSink;
using internal::guarded;

internal::BuildSettings settings_of(const BuildOptions& options) {
  internal::BuildSettings settings{.profiles = options.profiles,
                                   .disabled_passes = options.disabled_passes,
                                   .progress = {},
                                   .pass_observer = options.pass_observer,
                                   .stop = options.stop};
  if (options.progress) {
    settings.progress = [&options](std::string_view phase, size_t done, size_t total) {
      options.progress({.phase = phase, .done = done, .total = total});
    };
  }
  return settings;
}

// The most that was resident above what was at the start.
class HostMemoryPeak {
 public:
  HostMemoryPeak()
      : at_start_(internal::current_rss_bytes().value_or(0)),
        was_reset_(internal::reset_peak_rss().ok()),
        peak_before_(internal::peak_rss_bytes().value_or(0)) {}

  int64_t bytes() const {
    int64_t peak = internal::peak_rss_bytes().value_or(0);
    // A peak that is older than the start says nothing.
    if (!was_reset_ && peak <= peak_before_) peak = internal::current_rss_bytes().value_or(0);
    return std::max<int64_t>(peak - at_start_, 0);
  }

 private:
  int64_t at_start_;
  bool was_reset_;
  int64_t peak_before_;
};

Result<BuildReport> build_into(const Network& network, const Device& device,
                               const BuildOptions& options, ByteSink sink) {
  const internal::Stopwatch watch;
  const HostMemoryPeak host_peak;
  internal::MemoryAccount& account = device.impl()->account();
  const int64_t device_at_entry = account.current();
  account.reset_peak();
  internal::BuildOutcome outcome =
      TRY(internal::build_plan(network.graph(), *device.impl(), settings_of(options), sink));
  BuildReport report;
  report.nodes_imported = outcome.nodes_imported;
  report.nodes_planned = outcome.nodes_planned;
  report.plan_bytes = outcome.plan_bytes;
  report.layers = std::move(outcome.layers);
  report.guessed_inputs = std::move(outcome.guessed_inputs);
  for (auto& [name, seconds] : outcome.phases) report.phases.push_back({name, seconds});
  report.peak_device_bytes = account.peak() - device_at_entry;
  report.peak_host_bytes = host_peak.bytes();
  report.seconds = watch.elapsed_s();
  return report;
}

}  // namespace

Result<BuildReport> build(const Network& network, const Device& device, const BuildOptions& options,
                          PlanSink& sink) {
  return guarded([&] {
    return build_into(network, device, options,
                      [&](std::span<const std::byte> bytes) { return sink.write(bytes); });
  });
}

Result<std::vector<std::byte>> build_to_bytes(const Network& network, const Device& device,
                                              const BuildOptions& options, BuildReport* report) {
  return guarded([&]() -> Result<std::vector<std::byte>> {
    std::vector<std::byte> plan;
    BuildReport done =
        TRY(build_into(network, device, options, [&](std::span<const std::byte> bytes) -> Status {
          plan.insert(plan.end(), bytes.begin(), bytes.end());
          return {};
        }));
    if (report != nullptr) *report = std::move(done);
    return plan;
  });
}

Result<BuildReport> build_to_file(const Network& network, const Device& device,
                                  const BuildOptions& options, const std::filesystem::path& path) {
  return guarded([&]() -> Result<BuildReport> {
    FileSink file = TRY(FileSink::create(path));
    BuildReport report = TRY(build(network, device, options, file));
    TRY_STATUS(file.commit());
    return report;
  });
}

}  // namespace tenon
