#include "ops/attention.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/block_product.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/work.h"
#include "tensor/host_tensor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr double kHidden = -std::numeric_limits<double>::infinity();

constexpr size_t kQ = AttentionOperand::kQ;
constexpr size_t kK = AttentionOperand::kK;
constexpr size_t kV = AttentionOperand::kV;
// Where the optional operands begin: mask, lengths, starts.
constexpr size_t kAttentionOptional = AttentionOperand::kMask;
constexpr size_t kScoresOptional = 2;

// Dims that are the same for all that is known.
bool may_equal(const Dim& a, const Dim& b) { return !certainly_differ(a, b); }

Status check_heads(std::span<const ValueInfo> in) {
  const SymbolicShape& q = in[kQ].shape;
  const SymbolicShape& k = in[kK].shape;
  if (q.size() != 4 || k.size() != 4) {
    return invalid_argument("queries {} and keys {} must have rank 4", to_string(q), to_string(k));
  }
  if (!may_equal(q[0], k[0]) || !may_equal(q[3], k[3])) {
    return invalid_argument("queries {} and keys {} must have one batch and heads of one size",
                            to_string(q), to_string(k));
  }
  if (!q[1].is_constant() || !k[1].is_constant()) return ok_status();
  const int64_t heads = q[1].constant();
  const int64_t groups = k[1].constant();
  if (groups == 0 ? heads != 0 : heads % groups != 0) {
    return invalid_argument("the {} heads of the queries are no multiple of the {} of the keys",
                            heads, groups);
  }
  return ok_status();
}

Status check_mask(const ValueInfo& mask, const SymbolicShape& scores) {
  if (mask.type != DataType::kBool && !require_floating(mask.type).ok()) {
    return invalid_argument("the mask is {}, it must be bool or floating", to_string(mask));
  }
  const size_t rank = mask.shape.size();
  bool fits = rank >= 1 && rank <= scores.size();
  for (size_t i = 0; fits && i < rank; ++i) {
    const Dim& extent = mask.shape[i];
    const Dim& wanted = scores[scores.size() - rank + i];
    if (i + 1 == rank) {
      fits =
          !extent.is_constant() || !wanted.is_constant() || extent.constant() <= wanted.constant();
    } else {
      fits = extent == Dim(1) || may_equal(extent, wanted);
    }
  }
  if (fits) return ok_status();
  return invalid_argument("the mask {} does not broadcast to the scores {}", to_string(mask.shape),
                          to_string(scores));
}

// One number for each of the batch; a scalar or a single one where `shared`.
Status check_positions(const ValueInfo& operand, std::string_view name, const Dim& batch,
                       bool shared) {
  const SymbolicShape& shape = operand.shape;
  const bool fits =
      (shape.size() == 1 && (may_equal(shape[0], batch) || (shared && shape[0] == Dim(1)))) ||
      (shared && shape.empty());
  if (fits && operand.type == DataType::kInt64) return ok_status();
  return invalid_argument("the {} are {} where i64[{}] is expected", name, to_string(operand),
                          batch.to_string());
}

// The shape of the scores, from operands whose optional ones begin at `optional`.
Result<SymbolicShape> scores_shape(const ScoreAttrs& attrs, std::span<const ValueInfo> in,
                                   size_t optional) {
  for (size_t i = 0; i < optional; ++i) {
    TRY_STATUS(require_floating(in[i].type));
    TRY_STATUS(require_same_types({in.data(), i + 1}));
  }
  TRY_STATUS(check_heads(in));
  if (attrs.left_window_size < -1 || attrs.right_window_size < -1) {
    return invalid_argument("windows of {} and {} keys; they must be -1 or more",
                            attrs.left_window_size, attrs.right_window_size);
  }
  const SymbolicShape& q = in[kQ].shape;
  SymbolicShape scores = {q[0], q[1], q[2], in[kK].shape[2]};
  if (has_operand(in, optional)) TRY_STATUS(check_mask(in[optional], scores));
  if (has_operand(in, optional + 1)) {
    TRY_STATUS(check_positions(in[optional + 1], "lengths", q[0], /*shared=*/false));
  }
  if (has_operand(in, optional + 2)) {
    TRY_STATUS(check_positions(in[optional + 2], "starts", q[0], /*shared=*/true));
  }
  return scores;
}

Result<std::vector<ValueInfo>> infer_scores(const Attrs& attrs, std::span<const ValueInfo> in) {
  const ScoreAttrs& attention = attrs.as<AttentionScoresAttrs>().scores;
  SymbolicShape scores = TRY(scores_shape(attention, in, kScoresOptional));
  return std::vector{ValueInfo{in[kQ].type, std::move(scores), {}}};
}

// The operands with queries, keys and values as [N,H,S,D].
Result<std::vector<ValueInfo>> split_heads(const AttentionAttrs& attrs,
                                           std::span<const ValueInfo> in) {
  std::vector<ValueInfo> split(in.begin(), in.end());
  for (const size_t operand : {kQ, kK, kV}) {
    split[operand].shape =
        TRY(heads_shape(in[operand], operand == kQ ? attrs.q_num_heads : attrs.kv_num_heads));
  }
  return split;
}

Result<std::vector<ValueInfo>> infer_attention(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<AttentionAttrs>();
  const std::vector<ValueInfo> split = TRY(split_heads(attrs, in));
  SymbolicShape out = TRY(scores_shape(attrs.scores, split, kAttentionOptional));
  const SymbolicShape& k = split[kK].shape;
  const SymbolicShape& v = split[kV].shape;
  if (v.size() != 4 || !std::equal(v.begin(), v.begin() + 3, k.begin(), may_equal)) {
    return invalid_argument("values {} must be as many as keys {}", to_string(in[kV].shape),
                            to_string(in[kK].shape));
  }
  out[3] = v[3];
  if (attrs.joins_heads) out = {out[0], out[2], out[1] * out[3]};
  return std::vector{ValueInfo{in[kQ].type, std::move(out), {}}};
}

// Which keys a query sees, and what is added to their scores.
class Mask {
 public:
  // The optional operands begin at `optional`.
  Mask(const ScoreAttrs& attrs, int64_t queries, int64_t keys, std::span<const ConstTensorView> in,
       size_t optional)
      : attrs_(attrs), queries_(queries), keys_(keys), masked_keys_(keys_) {
    if (has_operand(in, optional)) set_mask(in[optional]);
    if (has_operand(in, optional + 1)) lengths_ = elements_of<int64_t>(in[optional + 1]);
    if (has_operand(in, optional + 2)) starts_ = elements_of<int64_t>(in[optional + 2]);
  }

  // Adds to the scores of a query; hidden ones become -infinity. Whether any key is seen.
  bool apply(int64_t item, int64_t head, int64_t query, std::span<double> scores) const {
    const auto [begin, end] = seen(item, query);
    std::fill(scores.begin(), scores.begin() + begin, kHidden);
    std::fill(scores.begin() + end, scores.end(), kHidden);
    const int64_t at = item * strides_[0] + head * strides_[1] + query * strides_[2];
    bool any = mask_.data == nullptr && begin < end;
    for (int64_t key = begin; key < end && mask_.data != nullptr; ++key) {
      const double bias = bias_at(at + key);
      double& score = scores[static_cast<size_t>(key)];
      score = bias == kHidden ? kHidden : score + bias;
      any = any || bias != kHidden;
    }
    return any;
  }

 private:
  void set_mask(const ConstTensorView& mask) {
    mask_ = mask;
    masked_keys_ = mask.shape.back();
    int64_t stride = masked_keys_;
    for (size_t i = mask.shape.size() - 1; i-- > 0;) {
      const size_t axis = 4 - mask.shape.size() + i;
      strides_[axis] = mask.shape[i] == 1 ? 0 : stride;
      stride *= mask.shape[i];
    }
  }

  double bias_at(int64_t index) const {
    const double value = element_as_double(mask_, index);
    if (mask_.type != DataType::kBool) return value;
    return value != 0 ? 0 : kHidden;
  }

  // The keys [first, second) that everything but the mask's elements lets a query see.
  std::pair<int64_t, int64_t> seen(int64_t item, int64_t query) const {
    int64_t keys = std::min(keys_, masked_keys_);
    if (!lengths_.empty()) {
      keys = std::clamp<int64_t>(lengths_[static_cast<size_t>(item)], 0, keys);
    }
    return seen_keys(attrs_, first_position(starts_, item, keys_, queries_) + query, keys);
  }

  const ScoreAttrs& attrs_;
  int64_t queries_;
  int64_t keys_;
  ConstTensorView mask_;
  int64_t masked_keys_;
  // Of the mask, by item, head and query.
  std::array<int64_t, 3> strides_ = {};
  std::span<const int64_t> lengths_;
  std::span<const int64_t> starts_;
};

void softmax(std::span<double> scores) {
  const double largest = *std::ranges::max_element(scores);
  double sum = 0;
  for (double& score : scores) {
    score = std::exp(score - largest);
    sum += score;
  }
  for (double& score : scores) score /= sum;
}

// A head of an operand: rows that lie `stride` elements apart.
template <class T>
struct Rows {
  const T* data = nullptr;
  int64_t stride = 0;
};

template <class T>
class Heads {
 public:
  // `heads` are those of queries, and of keys and values.
  Heads(const ScoreAttrs& attrs, std::span<const ConstTensorView> in, size_t optional,
        std::array<int64_t, 2> heads)
      : attrs_(attrs),
        in_(in),
        q_(head_rows(in[kQ].shape, heads[0])),
        k_(head_rows(in[kK].shape, heads[1])),
        v_(optional > kV ? head_rows(in[kV].shape, heads[1]) : HeadRows()),
        mask_(attrs, q_.rows, k_.rows, in, optional) {}

  // Calls take(head, scores) for each head of each item of the batch, in order, with its scores
  // [S,T] at a stage.
  template <class Take>
  Status for_each(AttentionStage stage, ThreadPool& pool, const Take& take) const {
    std::span<double> scores;
    const HostTensor storage =
        TRY(HostTensor::make(DataType::kFloat64, {q_.rows, k_.rows}, [&](std::span<std::byte> b) {
          scores = {reinterpret_cast<double*>(b.data()), b.size() / sizeof(double)};
        }));
    for (int64_t head = 0; head < q_.items * q_.heads; ++head) {
      multiply(head, scores.data(), pool);
      pool.parallel_for(q_.rows, [&](int64_t begin, int64_t end) {
        for (int64_t query = begin; query < end; ++query) {
          finish(
              head, query, stage,
              scores.subspan(static_cast<size_t>(query * k_.rows), static_cast<size_t>(k_.rows)));
        }
      });
      take(head, static_cast<const double*>(scores.data()));
    }
    return ok_status();
  }

  const HeadRows& queries() const { return q_; }
  int64_t keys() const { return k_.rows; }

  // The values that go with a head of the queries.
  Rows<T> values(int64_t head) const { return rows(kV, v_, head / q_.heads, group(head)); }

 private:
  int64_t group(int64_t head) const { return head % q_.heads * k_.heads / q_.heads; }

  Rows<T> rows(size_t operand, const HeadRows& heads, int64_t item, int64_t head) const {
    return {elements_of<T>(in_[operand]).data() + heads.offset(item, head), heads.row_stride};
  }

  // The scaled products of queries and keys.
  void multiply(int64_t head, double* scores, ThreadPool& pool) const {
    const Rows<T> q = rows(kQ, q_, head / q_.heads, head % q_.heads);
    const Rows<T> k = rows(kK, k_, head / q_.heads, group(head));
    const double scale = attrs_.scale ? static_cast<double>(*attrs_.scale)
                                      : 1 / std::sqrt(static_cast<double>(q_.size));
    block_product<double>(
        {.batches = 1, .rows = q_.rows, .columns = k_.rows, .depth = q_.size}, pool,
        [&](int64_t, Extent range, Extent depth, double* packed) {
          for (int64_t i = 0; i < range.count; ++i) {
            const T* row = q.data + (range.begin + i) * q.stride + depth.begin;
            for (int64_t d = 0; d < depth.count; ++d) packed[i * kBlockDepth + d] = load(row[d]);
          }
        },
        [&](int64_t, Extent depth, Extent range, double* packed) {
          for (int64_t j = 0; j < range.count; ++j) {
            const T* row = k.data + (range.begin + j) * k.stride + depth.begin;
            for (int64_t d = 0; d < depth.count; ++d) packed[d * kBlockColumns + j] = load(row[d]);
          }
        },
        [&](int64_t, Extent range, Extent columns, const double* sums) {
          for (int64_t i = 0; i < range.count; ++i) {
            double* row = scores + (range.begin + i) * k_.rows + columns.begin;
            for (int64_t j = 0; j < columns.count; ++j)
              row[j] = scale * sums[i * kBlockColumns + j];
          }
        });
  }

  void finish(int64_t head, int64_t query, AttentionStage stage, std::span<double> scores) const {
    if (stage == AttentionStage::kProducts) return;
    const auto cap = static_cast<double>(attrs_.softcap);
    if (cap != 0) {
      for (double& score : scores) score = cap * std::tanh(score / cap);
    }
    if (stage == AttentionStage::kCapped) return;
    const bool any = mask_.apply(head / q_.heads, head % q_.heads, query, scores);
    if (stage == AttentionStage::kMasked) return;
    if (any) return softmax(scores);
    std::ranges::fill(scores, 0);
  }

  const ScoreAttrs& attrs_;
  std::span<const ConstTensorView> in_;
  HeadRows q_;
  HeadRows k_;
  HeadRows v_;
  Mask mask_;
};

Status reference_scores(const Attrs& erased, std::span<const ConstTensorView> in,
                        std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_scores, erased, in, out));
  const auto& attrs = erased.as<AttentionScoresAttrs>();
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const int64_t size = out[0].shape[2] * out[0].shape[3];
  return dispatch_type<FloatingTypes>(in[kQ].type, [&]<class T>() {
    const Heads<T> heads(attrs.scores, in, kScoresOptional, {});
    return heads.for_each(attrs.stage, pool, [&](int64_t head, const double* scores) {
      T* write = elements_of<T>(out[0]).data() + head * size;
      for (int64_t i = 0; i < size; ++i) {
        write[i] = store<T>(static_cast<ComputeType<T>>(scores[i]));
      }
    });
  });
}

// y = probabilities [S,T] * values [T,E] of one head; rows of y lie `stride` elements apart.
template <class T>
void sum_values(const double* probabilities, const Rows<T>& values, const ProductSize& size, T* y,
                int64_t stride, ThreadPool& pool) {
  block_product<double>(
      size, pool,
      [&](int64_t, Extent rows, Extent depth, double* packed) {
        for (int64_t i = 0; i < rows.count; ++i) {
          std::copy_n(probabilities + (rows.begin + i) * size.depth + depth.begin, depth.count,
                      packed + i * kBlockDepth);
        }
      },
      [&](int64_t, Extent depth, Extent columns, double* packed) {
        for (int64_t k = 0; k < depth.count; ++k) {
          const T* row = values.data + (depth.begin + k) * values.stride + columns.begin;
          for (int64_t j = 0; j < columns.count; ++j) packed[k * kBlockColumns + j] = load(row[j]);
        }
      },
      [&](int64_t, Extent rows, Extent columns, const double* sums) {
        for (int64_t i = 0; i < rows.count; ++i) {
          T* write = y + (rows.begin + i) * stride + columns.begin;
          for (int64_t j = 0; j < columns.count; ++j) {
            write[j] = store<T>(static_cast<ComputeType<T>>(sums[i * kBlockColumns + j]));
          }
        }
      });
}

Status reference_attention(const Attrs& erased, std::span<const ConstTensorView> in,
                           std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_attention, erased, in, out));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const auto& attrs = erased.as<AttentionAttrs>();
  return dispatch_type<FloatingTypes>(in[kQ].type, [&]<class T>() {
    const Heads<T> heads(attrs.scores, in, kAttentionOptional,
                         {attrs.q_num_heads, attrs.kv_num_heads});
    const HeadRows y = head_rows(out[0].shape, heads.queries().heads);
    const ProductSize size = {.rows = y.rows, .columns = y.size, .depth = heads.keys()};
    return heads.for_each(
        AttentionStage::kProbabilities, pool, [&](int64_t head, const double* probabilities) {
          T* write = elements_of<T>(out[0]).data() + y.offset(head / y.heads, head % y.heads);
          sum_values(probabilities, heads.values(head), size, write, y.row_stride, pool);
        });
  });
}

double scores_flops(const Attrs&, std::span<const ValueInfo> in, const ValueInfo& out) {
  return 2 * elements_in(out.shape) * elements_in({&in[kQ].shape[3], 1});
}

double attention_flops(const Attrs& erased, std::span<const ValueInfo> in, const ValueInfo&) {
  const auto split = split_heads(erased.as<AttentionAttrs>(), in);
  if (!split.ok()) return 0;
  const double scores = elements_in(std::span((*split)[kQ].shape).first(3)) *
                        elements_in({&(*split)[kK].shape[2], 1});
  return 2 * scores *
         (elements_in({&(*split)[kQ].shape[3], 1}) + elements_in({&(*split)[kV].shape[3], 1}));
}

constexpr OpDef kAttention = {
    .name = "Attention",
    .doc = "softmax(q * k^T) * v of each head, with scale, cap and masks of the scores.",
    .attrs = &attr_table<AttentionAttrs>,
    .min_inputs = 3,
    .max_inputs = 6,
    .outputs = 1,
    .infer = infer_attention,
    .reference = reference_attention,
    .flops = attention_flops};

constexpr OpDef kScores = {.name = "AttentionScores",
                           .doc = "What Attention weighs values with, or a stage on the way there.",
                           .attrs = &attr_table<AttentionScoresAttrs>,
                           .min_inputs = 2,
                           .max_inputs = 5,
                           .outputs = 1,
                           .infer = infer_scores,
                           .reference = reference_scores,
                           .flops = scores_flops};

constexpr const OpDef* kOps[] = {&kAttention, &kScores};

}  // namespace

HeadRows head_rows(std::span<const int64_t> shape, int64_t heads, int64_t pitch) {
  const int64_t row = pitch == 0 ? shape.back() : pitch;
  if (shape.size() == 3) {
    const int64_t size = heads == 0 ? 0 : shape[2] / heads;
    return {.items = shape[0],
            .heads = heads,
            .rows = shape[1],
            .size = size,
            .item_stride = shape[1] * row,
            .head_stride = size,
            .row_stride = row};
  }
  return {.items = shape[0],
          .heads = shape[1],
          .rows = shape[2],
          .size = shape[3],
          .item_stride = shape[1] * shape[2] * row,
          .head_stride = shape[2] * row,
          .row_stride = row};
}

Result<SymbolicShape> heads_shape(const ValueInfo& operand, int64_t heads) {
  const SymbolicShape& shape = operand.shape;
  if (shape.size() != 3) return shape;
  if (heads < 1) {
    return invalid_argument("{} has rank 3 and {} heads; it must have 1 or more",
                            to_string(operand), heads);
  }
  if (shape[2].is_constant() && shape[2].constant() % heads != 0) {
    return invalid_argument("{} does not divide into {} heads", to_string(operand), heads);
  }
  return SymbolicShape{shape[0], heads, shape[1], Dim::floor_div(shape[2], heads)};
}

int64_t first_position(std::span<const int64_t> starts, int64_t item, int64_t keys,
                       int64_t queries) {
  if (starts.empty()) return 0;
  const int64_t start = starts[starts.size() == 1 ? 0 : static_cast<size_t>(item)];
  const int64_t far = keys + queries;
  return std::clamp(start, -far, far);
}

std::pair<int64_t, int64_t> seen_keys(const ScoreAttrs& attrs, int64_t position, int64_t keys) {
  int64_t begin = 0;
  int64_t end = keys;
  // Windows that reach beyond all keys add up without overflow.
  const int64_t far = keys + std::abs(position) + 1;
  if (attrs.is_causal) end = std::min(end, position + 1);
  if (attrs.right_window_size >= 0) {
    end = std::min(end, position + std::min(attrs.right_window_size, far) + 1);
  }
  if (attrs.left_window_size >= 0) begin = position - std::min(attrs.left_window_size, far);
  end = std::max<int64_t>(end, 0);
  return {std::clamp<int64_t>(begin, 0, end), end};
}

std::span<const OpDef* const> attention_ops() { return kOps; }

}  // namespace tenon::internal
