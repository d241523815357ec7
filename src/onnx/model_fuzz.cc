// Importing and building hostile bytes: any result but a crash, and what is imported is a sound
// graph.
#include "base/check.h"
#include "graph/verify.h"
#include "onnx/import.h"
#include "testing/plan_runner.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tenon::internal;  // NOLINT(google-build-using-namespace)
  // A copy of its own, so that a sanitizer sees a read past the end.
  const std::span<const std::byte> input = std::as_bytes(std::span(data, size));
  const auto bytes = std::make_shared<std::vector<std::byte>>(input.begin(), input.end());
  const tenon::Result<Graph> graph = import_onnx(*bytes, bytes);
  if (!graph.ok()) return 0;
  const tenon::Status sound = verify(*graph, GraphLevel::kImported);
  TENON_CHECK(sound.ok(), "{}", sound.ok() ? "" : sound.error().to_string());
  // Passes verify what they make.
  static const std::shared_ptr<Device> device = testing::open_test_device("cpu:threads=1");
  static_cast<void>(testing::plan_of(*graph, *device).ok());
  return 0;
}
