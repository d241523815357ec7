#include "ops/attention.h"

#include "base/try.h"
#include "ops/list.h"
#include "ops/region.h"
#include "testing/matchers.h"
#include "testing/value_infos.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using testing::f32;
using testing::IsError;
using testing::IsOk;

constexpr auto kInvalid = ErrorKind::kInvalidArgument;

Result<ValueInfo> infer(std::vector<ValueInfo> in, const AttentionAttrs& attrs = {}) {
  return TRY(infer_outputs(*find_op("Attention"), Attrs::of(attrs), in)).front();
}

TEST(AttentionInference, KeepsSymbols) {
  const Dim n = Dim::symbol("N");
  const Dim s = Dim::symbol("S");
  const Dim t = Dim::symbol("T");
  const ValueInfo q = f32({n, 8, s, 16});
  const ValueInfo k = f32({n, 2, t, 16});
  EXPECT_EQ(to_string(infer({q, k, f32({n, 2, t, 24})}).value()), "f32[N,8,S,24]");
  const auto scores =
      infer_outputs(*find_op("AttentionScores"), Attrs::of(AttentionScoresAttrs()), {{q, k}});
  EXPECT_EQ(to_string(scores.value().front()), "f32[N,8,S,T]");
}

TEST(AttentionInference, NamesWhatDoesNotFit) {
  const ValueInfo q = f32({2, 4, 3, 8});
  const ValueInfo k = f32({2, 2, 5, 8});
  const ValueInfo v = f32({2, 2, 5, 6});
  const auto refused = [](std::vector<ValueInfo> in, const char* text) {
    EXPECT_THAT(infer(std::move(in)), IsError(kInvalid, text));
  };
  refused({f32({3, 8}), k, v}, "must have rank 4");
  refused({f32({2, 3, 32}), k, v}, "has rank 3 and 0 heads");
  EXPECT_THAT(infer({f32({2, 3, 32}), k, v}, {.q_num_heads = 5}),
              IsError(kInvalid, "f32[2,3,32] does not divide into 5 heads"));
  refused({q, f32({2, 2, 5, 7}), v}, "heads of one size");
  refused({q, f32({2, 3, 5, 8}), v}, "the 4 heads of the queries are no multiple of the 3");
  refused({q, k, f32({2, 2, 4, 6})}, "as many as keys");
  refused({q, k, v, f32({4, 5})}, "mask [4,5] does not broadcast to the scores [2,4,3,5]");
  refused({q, k, v, f32({3, 6})}, "does not broadcast");
  refused({q, k, v, {DataType::kInt32, {3, 5}, {}}}, "must be bool or floating");
  refused({q, k, v, {}, {DataType::kInt64, {3}, {}}}, "the lengths are i64[3]");
  refused({q, k, v, {}, {}, {DataType::kInt32, {}, {}}}, "the starts are i32[]");
  EXPECT_THAT(infer({q, k, v}, {.scores = {.left_window_size = -2}}),
              IsError(kInvalid, "windows of -2"));
}

TEST(AttentionInference, LetsAttentionBeAnAnchor) {
  EXPECT_THAT(check_anchor(*find_op("Attention"), 6), IsOk());
}

}  // namespace
}  // namespace tenon::internal
