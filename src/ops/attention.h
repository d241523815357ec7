// Attention: scaled dot products of queries and keys, a softmax, and a weighted sum of values.
#pragma once

#include "ops/op_def.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace tenon::internal {

struct AttentionAttrs {
  // No query sees a key behind its own position.
  bool is_causal = false;
  // How many keys before and behind its own position a query sees; -1: all.
  int64_t left_window_size = -1;
  int64_t right_window_size = -1;
  // Of the products; 1 / sqrt(D) where it is not given.
  std::optional<float> scale = {};
  // Not 0: products x become softcap * tanh(x / softcap) before anything is masked.
  float softcap = 0;
  bool operator==(const AttentionAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("is_causal", self.is_causal);
    field("left_window_size", self.left_window_size);
    field("right_window_size", self.right_window_size);
    field("scale", self.scale);
    field("softcap", self.softcap);
  }
};

// How far scores have come: each stage is made from the one before it.
enum class AttentionStage : uint8_t { kProducts, kCapped, kMasked, kProbabilities };
template <>
struct EnumNames<AttentionStage> {
  static constexpr std::array names = {"products", "capped", "masked", "probabilities"};
};

struct AttentionScoresAttrs {
  AttentionAttrs attention = {};
  AttentionStage stage = AttentionStage::kProducts;
  bool operator==(const AttentionScoresAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    AttentionAttrs::fields(self.attention, field);
    field("stage", self.stage);
  }
};

// Attention, and AttentionScores, which is Attention up to a stage.
//
// Operands, with a batch of N, H heads of S queries, G heads of T keys, G a divisor of H, and heads
// of D and E elements: q[N,H,S,D], k[N,G,T,D], not of AttentionScores v[N,G,T,E]; optional:
//   mask      bool, false where a key is not seen, or floating, added to the scores; broadcasts to
//             [N,H,S,T], and keys behind the end of its last axis are not seen
//   lengths   i64[N], of the keys; those behind are not seen
//   starts    i64[], [1] or [N]: the position of the first query among the keys, 0 by default
// Head h of the queries goes with head h * G / H of the keys. Results: y[N,H,S,E]; the scores
// [N,H,S,T]. A query that sees no key has zeros for its probabilities.
std::span<const OpDef* const> attention_ops();

}  // namespace tenon::internal
