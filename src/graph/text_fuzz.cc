// Hostile text must be refused or parse to a graph that prints and parses back to an equal one.
#include "base/check.h"
#include "graph/text.h"
#include "graph/verify.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tenon::internal;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto graph = parse_graph(text);
  if (!graph.ok()) {
    TENON_CHECK(graph.error().kind() == tenon::ErrorKind::kCorruptData);
    return 0;
  }
  if (!graph->outputs().empty()) {
    const auto verified = verify(*graph, GraphLevel::kImported);
    TENON_CHECK(verified.ok(), "{}", verified.error().message());
  }
  const std::string printed = to_text(*graph);
  const auto again = parse_graph(printed);
  TENON_CHECK(again.ok(), "{}\n{}", again.error().message(), printed);
  TENON_CHECK(same_graph(*graph, *again), "{}", printed);
  TENON_CHECK(to_text(*again) == printed, "{}", printed);
  return 0;
}
