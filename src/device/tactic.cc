#include "device/tactic.h"

#include "base/errors.h"
#include "base/text.h"

#include <algorithm>
#include <set>

namespace tenon::internal {

std::vector<Packing> packings(const Tactic& tactic, const Problem& problem) {
  return tactic.packings == nullptr ? std::vector<Packing>() : tactic.packings(problem);
}

bool takes_pitches(const Tactic& tactic, const Problem& problem, std::span<const Dim> pitches) {
  if (std::ranges::all_of(pitches, [](const Dim& pitch) { return pitch == Dim(0); })) return true;
  return tactic.takes_pitches != nullptr && tactic.takes_pitches(problem, pitches);
}

int64_t code_bytes(std::span<const CodePiece> pieces) {
  std::set<const void*> counted;
  int64_t bytes = 0;
  for (const CodePiece& piece : pieces) {
    if (counted.insert(piece.code.get()).second) bytes += piece.bytes;
  }
  return bytes;
}

const Tactic* find_tactic(const Device& device, std::string_view source, std::string_view name) {
  for (const Tactic& tactic : device.tactics()) {
    if (tactic.source == source && tactic.name == name) return &tactic;
  }
  return nullptr;
}

Result<const Tactic*> default_tactic(const Problem& problem, const Device& device) {
  std::vector<std::string> reasons;
  for (const Tactic& tactic : device.tactics()) {
    std::string reason = tactic.rejects(problem, device.info());
    if (reason.empty()) return &tactic;
    reasons.push_back(fmt::format("{}:{} rejects it: {}", tactic.source, tactic.name, reason));
  }
  return unsupported("no tactic of {} computes {}: {}", device.info().name, to_string(problem),
                     join(reasons, "; "));
}

}  // namespace tenon::internal
