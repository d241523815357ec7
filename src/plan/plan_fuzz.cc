// Plans from hostile bytes: whatever reads well must bind, or be refused, and stay inside its
// memory.
#include "base/bytes.h"
#include "base/hash.h"
#include "plan/bind_plan.h"
#include "plan/file_layout.h"
#include "plan/format.h"
#include "plan/memory_planner.h"

#include <cstdint>
#include <cstring>
#include <vector>

namespace tenon::internal {
namespace {

// Mutations would stop at the checksums: they are made right first.
std::vector<std::byte> with_right_sums(std::span<const std::byte> input) {
  std::vector<std::byte> bytes(input.begin(), input.end());
  if (bytes.size() < kHeaderBytes) return bytes;
  const auto put = [&](size_t at, uint64_t sum) { std::memcpy(bytes.data() + at, &sum, 8); };
  uint64_t offset = 0;
  uint64_t size = 0;
  std::memcpy(&offset, bytes.data() + 16, 8);
  std::memcpy(&size, bytes.data() + 24, 8);
  if (offset <= bytes.size() && size <= bytes.size() - offset) {
    put(64, hash64(std::span(bytes).subspan(offset, size)));
  }
  put(72, hash64(std::span(bytes).first(72)));
  std::memcpy(&offset, bytes.data() + 48, 8);
  std::memcpy(&size, bytes.data() + 56, 8);
  if (offset <= bytes.size() && size <= bytes.size() - offset && size >= 8) {
    put(offset + size - 8, hash64(std::span(bytes).subspan(offset, size - 8)));
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::byte> bytes = with_right_sums(std::as_bytes(std::span(data, size)));
  const Result<PlanBytes> read = read_plan(bytes);
  if (!read.ok()) return 0;
  const Plan& plan = read->plan;
  std::vector<Shape> shapes;
  for (const PlanBinding& input : plan.inputs) {
    Shape shape;
    for (const Dim& dim : plan.values[input.value].info.shape) {
      shape.push_back(dim.as_constant().value_or(3));
    }
    shapes.push_back(shape);
  }
  Result<SymbolBindings> symbols = bind_inputs(plan, shapes);
  if (!symbols.ok()) return 0;
  if (!arena_memory(arena_plan(plan), *symbols).ok()) return 0;
  static_cast<void>(bind_plan(plan, *symbols).ok());
  return 0;
}

}  // namespace tenon::internal
