#include "testing/pass_golden.h"

#include "base/check.h"
#include "graph/text.h"
#include "passes/pass.h"
#include "testing/golden.h"
#include "testing/graph_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace tenon::internal::testing {

void check_pass_golden(std::string_view pass) {
  const std::span<const Pass> canonical = canonical_passes();
  const std::span<const Pass> fuse = fuse_passes();
  auto found = std::ranges::find(canonical, pass, &Pass::name);
  if (found == canonical.end()) {
    found = std::ranges::find(fuse, pass, &Pass::name);
    TENON_CHECK(found != fuse.end(), "there is no pass {}", pass);
  }
  check_golden(fmt::format("{}.txt", pass), [&](std::string_view text) {
    Graph graph = graph_of_text(text);
    const Status ran = run_passes(graph, {&*found, 1}, GraphLevel::kImported);
    return ran.ok() ? to_text(graph) : ran.error().to_string() + "\n";
  });
}

}  // namespace tenon::internal::testing
