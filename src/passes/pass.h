// Passes: rewrites of the graph by fixed rules, the same for every device.
#pragma once

#include "graph/patch.h"
#include "graph/verify.h"

#include <tenon/error.h>

#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

// All rewrites that the rule finds in the graph as it is. An empty patch: nothing left to do.
using RewriteFn = Result<Patch> (*)(const Graph& graph);

struct Pass {
  std::string_view name;
  std::string_view doc;
  RewriteFn rewrite;
};

// The passes that make an imported graph canonical, in order. The pipeline runs until none of them
// finds anything.
std::span<const Pass> canonical_passes();

// The passes that make a canonical graph a fused one, in order. Some of them round results
// differently; those that are canonical ones too restore what fusing has undone.
std::span<const Pass> fuse_passes();

struct PipelineOptions {
  std::vector<std::string> disabled;
  // After each pass that ran: name, rewrites, and the text diff, empty where nothing changed. The
  // diff is made only if this is set; constants of more than 16 elements are elided in it.
  std::function<void(std::string_view pass, int rewrites, std::string_view diff)> observer;
  std::stop_token stop;
};

// Verifies kImported before the first and after every patch, and `level` at the end. With passes
// disabled only the part of `level` that no pass brings about is verified; a disabled pass may be
// one of another list. Errors: NotFound for a disabled name that is no pass (the known ones are
// named), Cancelled, and what passes return, with the pass named.
Status run_passes(Graph& graph, std::span<const Pass> passes, GraphLevel level,
                  const PipelineOptions& options = {});

}  // namespace tenon::internal
