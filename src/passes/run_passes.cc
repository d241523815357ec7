#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "graph/text.h"
#include "passes/pass.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace tenon::internal {
namespace {

// A pass that undoes what another does must not hang a build.
constexpr int kMaxRounds = 100;
constexpr int kMaxSweeps = 100;

Status check_disabled(std::span<const Pass> passes, const std::vector<std::string>& disabled) {
  std::vector<std::string_view> names;
  for (const auto& list : {canonical_passes(), fuse_passes(), passes}) {
    for (const Pass& pass : list) {
      if (std::ranges::find(names, pass.name) == names.end()) names.push_back(pass.name);
    }
  }
  for (const std::string& name : disabled) {
    if (std::ranges::find(names, name) != names.end()) continue;
    return not_found("there is no pass {} to disable; the passes are {}", quote(name), join(names));
  }
  return {};
}

// One patch of the pass; the number of its rewrites.
Result<int> run_once(Graph& graph, const Pass& pass, bool is_body) {
  Patch patch = TRY(pass.rewrite(graph));
  const int rewrites = patch.rewrites();
  if (rewrites == 0) return 0;
  TRY_STATUS(std::move(patch).apply(graph));
  TRY_STATUS(refresh_types(graph));
  TRY_STATUS(verify(graph, GraphLevel::kImported, is_body));
  return rewrites;
}

Result<int> run_pass(Graph& graph, const Pass& pass, const PipelineOptions& options, bool is_body);

// The pass on the bodies of nodes.
Result<int> run_on_bodies(Graph& graph, const Pass& pass, const PipelineOptions& options) {
  // Their changes are seen in those of the whole graph.
  PipelineOptions quiet{.disabled = {}, .observer = {}, .stop = options.stop};
  int rewrites = 0;
  for (const NodeId id : std::vector<NodeId>(graph.order().begin(), graph.order().end())) {
    Bodies bodies = graph.node(id).bodies;
    int found = 0;
    for (auto& body : bodies) {
      auto changed = std::make_shared<Graph>(*body);
      const int here = TRY(run_pass(*changed, pass, quiet, /*is_body=*/true));
      if (here > 0) body = std::move(changed);
      found += here;
    }
    if (found > 0) graph.set_bodies(id, std::move(bodies));
    rewrites += found;
  }
  // What is known of their results may be more.
  if (rewrites > 0) TRY_STATUS(refresh_types(graph));
  return rewrites;
}

Result<int> run_pass(Graph& graph, const Pass& pass, const PipelineOptions& options, bool is_body) {
  constexpr TextOptions kShortConstants{.max_constant_elements = 16};
  const std::string before = options.observer ? to_text(graph, kShortConstants) : std::string();
  int rewrites = TRY(run_on_bodies(graph, pass, options));
  for (int round = 0; round < kMaxRounds; ++round) {
    if (options.stop.stop_requested()) {
      return cancelled("stopped before pass \"{}\", round {}", pass.name, round + 1);
    }
    const int found =
        TRY_CONTEXT(run_once(graph, pass, is_body), fmt::format("in pass \"{}\"", pass.name));
    rewrites += found;
    if (found == 0) break;
  }
  if (options.observer) {
    const std::string diff =
        rewrites == 0 ? std::string() : diff_lines(before, to_text(graph, kShortConstants));
    options.observer(pass.name, rewrites, diff);
  }
  return rewrites;
}

}  // namespace

Status run_passes(Graph& graph, std::span<const Pass> passes, GraphLevel level,
                  const PipelineOptions& options) {
  TRY_STATUS(check_disabled(passes, options.disabled));
  TRY_CONTEXT(verify(graph, GraphLevel::kImported), "before the first pass");
  for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
    int rewrites = 0;
    for (const Pass& pass : passes) {
      if (std::ranges::find(options.disabled, pass.name) != options.disabled.end()) continue;
      rewrites += TRY(run_pass(graph, pass, options, /*is_body=*/false));
    }
    if (rewrites == 0) break;
  }
  if (level == GraphLevel::kImported) return {};
  if (!options.disabled.empty()) return check_host_operands(graph, graph.order());
  TRY_CONTEXT(verify(graph, level), "after the last pass");
  return {};
}

}  // namespace tenon::internal
