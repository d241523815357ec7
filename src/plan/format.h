// Plans as bytes (docs/formats/plan.md): a fixed header, the metadata as a FlatBuffer, the weights,
// and a trailer with their checksums. Written strictly in order, so that a sink never seeks; read
// in place from a mapping.
#pragma once

#include "base/function_ref.h"
#include "plan/plan.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

inline constexpr uint32_t kPlanFormatVersion = 1;

// Whether bytes begin like a plan, of whatever version.
bool looks_like_plan(std::span<const std::byte> bytes);

// Takes bytes strictly in order.
using ByteSink = FunctionRef<Status(std::span<const std::byte>)>;

// Gives the bytes of one of Plan::weights; valid until the next call.
using WeightReader = FunctionRef<Result<std::span<const std::byte>>(size_t weight)>;

// Writes a plan; asks for each weight once, in order. Returns the number of bytes written. Errors:
// those of the reader and the sink.
Result<uint64_t> write_plan(const Plan& plan, WeightReader weights, ByteSink sink);

struct PlanBytes {
  Plan plan;
  // The weights region; PlanWeight offsets count from its start.
  std::span<const std::byte> weights;
  // One xxh3 for each weight.
  std::vector<uint64_t> weight_sums;
};

// Reads header and metadata and checks everything that later code relies on: sums, ranges, indices,
// kinds. The result views `bytes`. Errors: CorruptData, VersionMismatch for another format version.
Result<PlanBytes> read_plan(std::span<const std::byte> bytes);

// Compares the weights with their sums. Errors: CorruptData naming the first that differs.
Status verify_weights(const PlanBytes& plan);

}  // namespace tenon::internal
