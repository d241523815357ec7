#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kCorrupt = ErrorKind::kCorruptData;

// Queries and keys of zeros, so that every query has the mean of the values that it sees.
NodeCase two_heads(int64_t opset) {
  return NodeCase(opset, "Attention")
      .operand({1, 2, 2}, {0, 0, 0, 0})
      .operand({1, 2, 2}, {0, 0, 0, 0})
      .operand({1, 2, 2}, {1, 10, 3, 30})
      .attribute(onnx_int("q_num_heads", 2))
      .attribute(onnx_int("kv_num_heads", 2));
}

TEST(ImportAttention, SplitsAndJoinsHeads) {
  const Tensor y = two_heads(23).run();
  EXPECT_THAT(y.shape, ElementsAre(1, 2, 2));
  EXPECT_THAT(values(y), ElementsAre(2, 20, 2, 20));
  const NodeCase causal = two_heads(23).attribute(onnx_int("is_causal", 1));
  EXPECT_THAT(values(causal.run()), ElementsAre(1, 10, 2, 20));
}

TEST(ImportAttention, PutsPastKeysBeforeNewOnes) {
  const NodeCase with_past = NodeCase(23, "Attention")
                                 .operand({1, 1, 2, 1}, {0, 0})
                                 .operand({1, 1, 2, 1}, {0, 0})
                                 .operand({1, 1, 2, 1}, {3, 8})
                                 .omitted()
                                 .operand({1, 1, 1, 1}, {0})
                                 .operand({1, 1, 1, 1}, {1})
                                 .used_output("present_key")
                                 .used_output("present_value")
                                 .used_output("scores")
                                 .attribute(onnx_int("qk_matmul_output_mode", 3))
                                 .attribute(onnx_int("is_causal", 1));
  const std::vector<Tensor> all = with_past.run_all();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_THAT(values(all[0]), ElementsAre(2, 4));
  EXPECT_THAT(values(all[1]), ElementsAre(0, 0, 0));
  EXPECT_THAT(values(all[2]), ElementsAre(1, 3, 8));
  EXPECT_THAT(all[3].shape, ElementsAre(1, 1, 2, 3));
  EXPECT_EQ(values(all[3])[2], 0) << "a key behind the first query";
}

TEST(ImportAttention, CountsTheLastQueriesFromTheLengths) {
  const NodeCase cached = NodeCase(24, "Attention")
                              .operand({1, 1, 2, 1}, {0, 0})
                              .operand({1, 1, 4, 1}, {0, 0, 0, 0})
                              .operand({1, 1, 4, 1}, {1, 3, 8, 100})
                              .omitted()
                              .omitted()
                              .omitted()
                              .operand({1}, {3}, DataType::kInt64)
                              .attribute(onnx_int("is_causal", 1));
  EXPECT_THAT(values(cached.run()), ElementsAre(2, 4));
}

TEST(ImportAttention, RefusesWhatIsIncomplete) {
  const NodeCase headless = NodeCase(23, "Attention")
                                .operand({1, 1, 2}, {0, 0})
                                .operand({1, 1, 2}, {0, 0})
                                .operand({1, 1, 2}, {0, 0});
  EXPECT_THAT(headless.import(), IsError(kCorrupt, "numbers of heads are missing"));
  const NodeCase half_a_past = two_heads(23).omitted().operand({1, 2, 1, 1}, {0, 0});
  EXPECT_THAT(half_a_past.import(), IsError(kCorrupt, "must be given together"));
  const NodeCase uneven = NodeCase(23, "Attention")
                              .operand({1, 1, 3}, {0, 0, 0})
                              .operand({1, 1, 2}, {0, 0})
                              .operand({1, 1, 2}, {0, 0})
                              .attribute(onnx_int("q_num_heads", 2))
                              .attribute(onnx_int("kv_num_heads", 2));
  EXPECT_THAT(uneven.import(), IsError(kCorrupt, "does not divide into 2 heads"));
}

}  // namespace
}  // namespace tenon::internal
