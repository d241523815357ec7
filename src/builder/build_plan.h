// From a network to a plan: passes, a tactic for every node, storage for every value.
#pragma once

#include "device/device.h"
#include "graph/graph.h"
#include "plan/format.h"
#include "plan/plan.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {

struct BuildSettings {
  std::vector<Profile> profiles = {};
  std::vector<std::string> disabled_passes = {};
  std::function<void(std::string_view phase, size_t done, size_t total)> progress = {};
  std::function<void(std::string_view pass, int rewrites, std::string_view diff)> pass_observer =
      {};
  std::stop_token stop = {};
};

// What a build did.
struct BuildOutcome {
  size_t nodes_imported = 0;
  size_t nodes_planned = 0;
  int64_t plan_bytes = 0;
  // Name and seconds, in order.
  std::vector<std::pair<std::string, double>> phases;
  std::vector<LayerInfo> layers;
  std::vector<std::string> guessed_inputs;
};

// Takes a copy of the graph to work on; constants are shared. The bytes written depend on the
// graph, the profiles, the disabled passes and the device's kind, tactics and instruction set
// alone. Errors: Unsupported listing every node that cannot run, InvalidArgument for profiles that
// do not fit, Cancelled, and those of the sink.
Result<BuildOutcome> build_plan(Graph graph, Device& device, const BuildSettings& settings,
                                ByteSink sink);

}  // namespace tenon::internal
