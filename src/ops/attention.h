// Attention: scaled dot products of queries and keys, a softmax, and a weighted sum of values.
#pragma once

#include "ops/op_def.h"
#include "tensor/dim.h"
#include "tensor/value_info.h"

#include <tenon/error.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace tenon::internal {

// How scores are made of products of queries and keys.
struct ScoreAttrs {
  // No query sees a key behind its own position.
  bool is_causal = false;
  // How many keys before and behind its own position a query sees; -1: all.
  int64_t left_window_size = -1;
  int64_t right_window_size = -1;
  // Of the products; 1 / sqrt(D) where it is not given.
  std::optional<float> scale = {};
  // Not 0: products x become softcap * tanh(x / softcap) before anything is masked.
  float softcap = 0;
  bool operator==(const ScoreAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("is_causal", self.is_causal);
    field("left_window_size", self.left_window_size);
    field("right_window_size", self.right_window_size);
    field("scale", self.scale);
    field("softcap", self.softcap);
  }
};

struct AttentionAttrs {
  ScoreAttrs scores = {};
  // Of operands of rank 3, whose last axis has the heads one after the other: H and G.
  int64_t q_num_heads = 0;
  int64_t kv_num_heads = 0;
  // The result has rank 3, with its heads one after the other.
  bool joins_heads = false;
  bool operator==(const AttentionAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    ScoreAttrs::fields(self.scores, field);
    field("q_num_heads", self.q_num_heads);
    field("kv_num_heads", self.kv_num_heads);
    field("joins_heads", self.joins_heads);
  }
};

// How far scores have come: each stage is made from the one before it.
enum class AttentionStage : uint8_t { kProducts, kCapped, kMasked, kProbabilities };
template <>
struct EnumNames<AttentionStage> {
  static constexpr std::array names = {"products", "capped", "masked", "probabilities"};
};

struct AttentionScoresAttrs {
  ScoreAttrs scores = {};
  AttentionStage stage = AttentionStage::kProducts;
  bool operator==(const AttentionScoresAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    ScoreAttrs::fields(self.scores, field);
    field("stage", self.stage);
  }
};

// Rows of the heads of an operand or result, in elements: [N,H,S,D], or [N,S,H*D] as a product
// leaves them.
struct HeadRows {
  int64_t items = 0;
  int64_t heads = 0;
  int64_t rows = 0;
  int64_t size = 0;
  // From one to the next. The elements of a row lie together.
  int64_t item_stride = 0;
  int64_t head_stride = 0;
  int64_t row_stride = 0;

  int64_t offset(int64_t item, int64_t head) const {
    return item * item_stride + head * head_stride;
  }
};

// `heads`: of a shape of rank 3. `pitch`: elements from a row of the tensor to the next, 0 where
// these lie together. The shape is one that inference takes.
HeadRows head_rows(std::span<const int64_t> shape, int64_t heads, int64_t pitch = 0);

// The shape of queries, keys or values as [N,H,S,D]; `heads`: of a shape of rank 3. Errors:
// InvalidArgument.
Result<SymbolicShape> heads_shape(const ValueInfo& operand, int64_t heads);

// The positions of Attention's operands.
struct AttentionOperand {
  enum : size_t { kQ, kK, kV, kMask, kLengths, kStarts };
};

// The keys [first, second) that a query at a position among the keys may see for all that the
// attributes say, of so many keys.
std::pair<int64_t, int64_t> seen_keys(const ScoreAttrs& attrs, int64_t position, int64_t keys);

// Where the first query stands among the keys; beyond all keys where nearer makes no difference.
int64_t first_position(std::span<const int64_t> starts, int64_t item, int64_t keys,
                       int64_t queries);

// Attention, and AttentionScores, which is Attention up to a stage.
//
// Operands, with a batch of N, H heads of S queries, G heads of T keys, G a divisor of H, and heads
// of D and E elements: q[N,H,S,D], k[N,G,T,D], not of AttentionScores v[N,G,T,E]; optional:
//   mask      bool, false where a key is not seen, or floating, added to the scores; broadcasts to
//             [N,H,S,T], and keys behind the end of its last axis are not seen
//   lengths   i64[N], of the keys; those behind are not seen
//   starts    i64[], [1] or [N]: the position of the first query among the keys, 0 by default
// Head h of the queries goes with head h * G / H of the keys. Results: y[N,H,S,E]; the scores
// [N,H,S,T]. A query that sees no key has zeros for its probabilities. Attention takes q[N,S,H*D],
// k[N,T,G*D] and v[N,T,G*E] too, each by itself, and gives y[N,S,H*E] where its heads are joined.
std::span<const OpDef* const> attention_ops();

}  // namespace tenon::internal
