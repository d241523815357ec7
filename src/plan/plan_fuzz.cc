// Plans from hostile bytes: whatever reads well must load, bind and run, or be refused, and stay
// inside its memory.
#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "plan/bind_plan.h"
#include "plan/file_layout.h"
#include "plan/format.h"
#include "plan/memory_planner.h"
#include "testing/plan_runner.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
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

// More would only take time.
bool is_small(const BoundPlan& bound, const ArenaMemory& arena) {
  constexpr int64_t kMaxBytes = int64_t{1} << 20;
  return arena.layout.bytes <= kMaxBytes &&
         std::ranges::all_of(bound.values,
                             [](const BoundValue& value) { return value.bytes <= kMaxBytes; });
}

// The plan for a device of another kind.
std::vector<std::byte> bytes_for(Plan plan, std::span<const std::byte> region, std::string kind) {
  plan.device_kind = std::move(kind);
  const auto weight = [&](size_t index) -> Result<std::span<const std::byte>> {
    return region.subspan(static_cast<size_t>(plan.weights[index].offset),
                          static_cast<size_t>(plan.weights[index].bytes));
  };
  std::vector<std::byte> bytes;
  const auto sink = [&](std::span<const std::byte> part) -> Status {
    bytes.insert(bytes.end(), part.begin(), part.end());
    return {};
  };
  const auto written = write_plan(plan, weight, sink);
  TENON_CHECK(written.ok(), "{}", written.ok() ? "" : written.error().to_string());
  return bytes;
}

// A Loop runs for as long as its operands say, and what stands on Extents is as large.
bool may_be_endless(const Plan& plan) {
  return std::ranges::any_of(
      plan.steps, [](const PlanStep& step) { return step.op == "Loop" || step.op == "Extents"; });
}

void run_on(const std::shared_ptr<Device>& device, const PlanBytes& read,
            std::span<const Shape> shapes) {
  const auto engine =
      testing::load_plan(bytes_for(read.plan, read.weights, device->info().kind), device);
  if (!engine.ok()) return;
  std::vector<HostTensor> inputs;
  for (size_t i = 0; i < shapes.size(); ++i) {
    const DataType type = read.plan.values[read.plan.inputs[i].value].info.type;
    auto zeros = HostTensor::make(type, shapes[i]);
    if (!zeros.ok()) return;
    inputs.push_back(*std::move(zeros));
  }
  auto context = testing::BoundContext::create(*engine, inputs);
  if (context.ok() && !may_be_endless(read.plan)) static_cast<void>(context->run().ok());
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
  const Result<SymbolBindings> symbols = bind_inputs(plan, shapes);
  if (!symbols.ok()) return 0;
  const Result<ArenaMemory> arena = arena_memory(arena_plan(plan), *symbols);
  const Result<BoundPlan> bound = bind_plan(plan, *symbols);
  if (!arena.ok() || !bound.ok() || !is_small(*bound, *arena)) return 0;
  static const std::array devices = {testing::open_test_device("cpu:threads=1"),
                                     testing::open_test_device("null")};
  for (const auto& device : devices) run_on(device, *read, shapes);
  return 0;
}

}  // namespace tenon::internal
