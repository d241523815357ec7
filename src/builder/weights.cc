#include "builder/weights.h"

#include "base/checked_math.h"
#include "base/try.h"
#include "ops/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tenon::internal {

uint32_t PlanWeights::append(Source source, int64_t bytes) {
  const int64_t end = ranges_.empty() ? 0 : ranges_.back().offset + ranges_.back().bytes;
  // Sizes of mapped constants, and of their packed forms: their sum cannot overflow.
  ranges_.push_back({align_up(end, kWeightAlignment).value(), bytes});
  sources_.push_back(std::move(source));
  return static_cast<uint32_t>(ranges_.size() - 1);
}

uint32_t PlanWeights::add(const HostTensor& tensor) {
  std::vector<uint32_t>& same_hash = plain_by_hash_[hash128(tensor.bytes())];
  for (const uint32_t index : same_hash) {
    if (std::ranges::equal(sources_[index].tensor.bytes(), tensor.bytes())) return index;
  }
  same_hash.push_back(append({.tensor = tensor}, static_cast<int64_t>(tensor.bytes().size())));
  return same_hash.back();
}

uint32_t PlanWeights::add_packed(const HostTensor& tensor, const Tactic& tactic,
                                 const Problem& problem, const Packing& packing) {
  const std::vector<std::byte> problem_bytes = canonical_bytes(problem);
  std::string key = fmt::format("{}:{}:{}:{}:{}", tactic.source, tactic.name, packing.operand,
                                to_hex(hash128(tensor.bytes())), to_hex(hash128(problem_bytes)));
  const auto [entry, is_new] = packed_by_key_.try_emplace(std::move(key), 0);
  if (is_new) {
    entry->second = append(
        {.tensor = tensor, .tactic = &tactic, .problem = problem, .operand = packing.operand},
        packing.bytes);
  }
  return entry->second;
}

Result<std::span<const std::byte>> PlanWeights::read(size_t index) {
  const Source& source = sources_[index];
  if (source.tactic == nullptr) return source.tensor.bytes();
  packed_.resize(static_cast<size_t>(ranges_[index].bytes));
  TRY_CONTEXT(
      source.tactic->pack(source.problem, source.operand, source.tensor.view(), std::span(packed_)),
      fmt::format("while packing operand {} of {}", source.operand, to_string(source.problem)));
  return std::span<const std::byte>(packed_);
}

}  // namespace tenon::internal
