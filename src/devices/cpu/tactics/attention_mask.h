// What stands between queries and keys: masks, lengths, causality and windows, for some queries at
// a time, which lie side by side as columns.
#pragma once

#include "device/tactic.h"
#include "ops/attention.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace tenon::internal {

// The most queries that are looked at together.
inline constexpr size_t kMaxQueryColumns = 64;

// Queries of one head, one behind the other.
struct QuerySegment {
  int64_t head = 0;
  int64_t first_query = 0;
  // Its first column.
  int64_t column = 0;
  int64_t count = 0;
};

// Addresses of one run, nullptr for what is omitted.
struct MaskOperands {
  const void* mask = nullptr;
  const int64_t* lengths = nullptr;
  const int64_t* starts = nullptr;
};

class AttentionMask {
 public:
  // `mask`, `lengths` and `starts` may be omitted.
  AttentionMask(const ScoreAttrs& attrs, int64_t queries, int64_t keys, const BoundOperand& mask,
                const BoundOperand& starts);

  // Queries of one item of the batch. `operands` must outlive it.
  class Columns {
   public:
    Columns(const AttentionMask& mask, const MaskOperands& operands, int64_t item,
            std::span<const QuerySegment> segments);

    // The keys [first, second) beyond which none of them sees any.
    std::pair<int64_t, int64_t> keys() const { return keys_; }

    // Writes what is added to their scores of keys [first, first + count): bias[key][column], with
    // rows of `width`; infinitely little for hidden ones. Returns false, and may leave anything
    // there, where it would be nothing.
    bool write_bias(int64_t first, int64_t count, int64_t width, float* bias) const;

   private:
    bool sees_all(int64_t first, int64_t count) const;
    void write_mask(int64_t first, int64_t count, int64_t width, float* bias) const;
    void hide(int64_t first, int64_t count, int64_t width, float* bias) const;
    int64_t offset(const QuerySegment& segment) const;
    float element(int64_t index) const;

    const AttentionMask& mask_;
    const MaskOperands& operands_;
    int64_t item_;
    std::span<const QuerySegment> segments_;
    int64_t columns_ = 0;
    std::pair<int64_t, int64_t> keys_;
    // What each column sees for all but the mask's elements.
    std::array<int32_t, kMaxQueryColumns> begins_;
    std::array<int32_t, kMaxQueryColumns> ends_;
  };

 private:
  ScoreAttrs attrs_;
  int64_t queries_;
  int64_t keys_;
  size_t starts_ = 0;
  // Of the mask.
  bool is_bool_ = false;
  int64_t masked_keys_;
  // Elements from one item, head and query to the next; 0 where these are alike.
  std::array<int64_t, 3> strides_ = {};
};

}  // namespace tenon::internal
