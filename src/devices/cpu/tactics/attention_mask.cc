#include "devices/cpu/tactics/attention_mask.h"

#include "devices/cpu/tactics/transpose_block.h"

#include <algorithm>
#include <limits>

namespace tenon::internal {
namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();

}  // namespace

AttentionMask::AttentionMask(const ScoreAttrs& attrs, int64_t queries, int64_t keys,
                             const BoundOperand& mask, const BoundOperand& starts)
    : attrs_(attrs), queries_(queries), keys_(keys), masked_keys_(keys) {
  if (starts.type != DataType::kUndefined) {
    starts_ = static_cast<size_t>(tenon::element_count(starts.shape));
  }
  if (mask.type == DataType::kUndefined) return;
  is_bool_ = mask.type == DataType::kBool;
  masked_keys_ = mask.shape.back();
  int64_t stride = masked_keys_;
  for (size_t i = mask.shape.size() - 1; i-- > 0;) {
    strides_[4 - mask.shape.size() + i] = mask.shape[i] == 1 ? 0 : stride;
    stride *= mask.shape[i];
  }
}

AttentionMask::Columns::Columns(const AttentionMask& mask, const MaskOperands& operands,
                                int64_t item, std::span<const QuerySegment> segments)
    : mask_(mask), operands_(operands), item_(item), segments_(segments), keys_(mask.keys_, 0) {
  int64_t keys = std::min(mask.keys_, mask.masked_keys_);
  if (operands.lengths != nullptr) keys = std::clamp<int64_t>(operands.lengths[item], 0, keys);
  std::span<const int64_t> starts;
  if (operands.starts != nullptr) starts = {operands.starts, mask.starts_};
  const int64_t start = first_position(starts, item, mask.keys_, mask.queries_);
  for (const QuerySegment& segment : segments) {
    for (int64_t i = 0; i < segment.count; ++i) {
      const auto seen = seen_keys(mask.attrs_, start + segment.first_query + i, keys);
      const auto column = static_cast<size_t>(segment.column + i);
      begins_[column] = static_cast<int32_t>(seen.first);
      ends_[column] = static_cast<int32_t>(seen.second);
      keys_.first = std::min(keys_.first, seen.first);
      keys_.second = std::max(keys_.second, seen.second);
    }
    columns_ = segment.column + segment.count;
  }
  keys_.first = std::min(keys_.first, keys_.second);
}

int64_t AttentionMask::Columns::offset(const QuerySegment& segment) const {
  return item_ * mask_.strides_[0] + segment.head * mask_.strides_[1] +
         segment.first_query * mask_.strides_[2];
}

float AttentionMask::Columns::element(int64_t index) const {
  if (!mask_.is_bool_) return static_cast<const float*>(operands_.mask)[index];
  return static_cast<const uint8_t*>(operands_.mask)[index] != 0 ? 0 : kHidden;
}

bool AttentionMask::Columns::sees_all(int64_t first, int64_t count) const {
  for (size_t i = 0; i < static_cast<size_t>(columns_); ++i) {
    if (begins_[i] > first || ends_[i] < first + count) return false;
  }
  return true;
}

bool AttentionMask::Columns::write_bias(int64_t first, int64_t count, int64_t width,
                                        float* bias) const {
  const bool all = sees_all(first, count);
  if (operands_.mask == nullptr) {
    if (all) return false;
    std::fill_n(bias, count * width, 0.0F);
    hide(first, count, width, bias);
    return true;
  }
  // The mask has all of the keys that are seen.
  const bool alike = mask_.strides_[2] == 0 && (segments_.size() == 1 || mask_.strides_[1] == 0);
  if (!alike) {
    write_mask(first, count, width, bias);
  } else {
    // One number for all columns, which is often 0 for every key.
    const int64_t at = offset(segments_.front()) + first;
    bool any = false;
    for (int64_t key = 0; key < count; ++key) any = any || element(at + key) != 0;
    if (!any && all) return false;
    for (int64_t key = 0; key < count; ++key) {
      std::fill_n(bias + key * width, width, element(at + key));
    }
  }
  if (!all) hide(first, count, width, bias);
  return true;
}

void AttentionMask::Columns::write_mask(int64_t first, int64_t count, int64_t width,
                                        float* bias) const {
  for (const QuerySegment& segment : segments_) {
    const int64_t at = offset(segment) + first;
    float* const to = bias + segment.column;
    if (!mask_.is_bool_) {
      // Where queries are alike their distance is 0.
      transpose_block(static_cast<const float*>(operands_.mask) + at, mask_.strides_[2], to, width,
                      segment.count, count);
      continue;
    }
    for (int64_t query = 0; query < segment.count; ++query) {
      const int64_t row = at + query * mask_.strides_[2];
      for (int64_t key = 0; key < count; ++key) to[key * width + query] = element(row + key);
    }
  }
  for (int64_t key = 0; key < count && columns_ < width; ++key) {
    std::fill_n(bias + key * width + columns_, width - columns_, 0.0F);
  }
}

void AttentionMask::Columns::hide(int64_t first, int64_t count, int64_t width, float* bias) const {
  for (int64_t i = 0; i < count; ++i) {
    const auto key = static_cast<int32_t>(first + i);
    float* const row = bias + i * width;
    for (size_t column = 0; column < static_cast<size_t>(columns_); ++column) {
      const bool hidden = key < begins_[column] || key >= ends_[column];
      row[column] = hidden ? kHidden : row[column];
    }
  }
}

}  // namespace tenon::internal
