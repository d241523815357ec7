#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

// One head of four elements, turned by a right angle and not at all.
NodeCase quarter_turn() {
  return NodeCase(23, "RotaryEmbedding")
      .operand({1, 1, 1, 4}, {1, 2, 3, 4})
      .operand({1, 1, 2}, {0, 1})
      .operand({1, 1, 2}, {1, 0});
}

TEST(ImportRotaryEmbedding, PairsHalvesOrNeighbours) {
  EXPECT_THAT(values(quarter_turn().run()), ElementsAre(-3, 2, 1, 4));
  EXPECT_THAT(values(quarter_turn().attribute(onnx_int("interleaved", 1)).run()),
              ElementsAre(-2, 1, 3, 4));
}

TEST(ImportRotaryEmbedding, TakesAnglesByPositionAndKeepsTheRestOfAHead) {
  const NodeCase by_position = NodeCase(23, "RotaryEmbedding")
                                   .operand({1, 2, 6}, {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6})
                                   .operand({2, 1}, {0, 1})
                                   .operand({2, 1}, {1, 0})
                                   .operand({1, 2}, {1, 0}, DataType::kInt64)
                                   .attribute(onnx_int("num_heads", 2))
                                   .attribute(onnx_int("rotary_embedding_dim", 2));
  const Tensor y = by_position.run();
  EXPECT_THAT(y.shape, ElementsAre(1, 2, 6));
  EXPECT_THAT(values(y), ElementsAre(1, 2, 3, 4, 5, 6, -2, 1, 3, -5, 4, 6));
}

TEST(ImportRotaryEmbedding, RefusesHeadsThatAreNotStated) {
  const NodeCase headless = NodeCase(23, "RotaryEmbedding")
                                .operand({1, 1, 4}, {1, 2, 3, 4})
                                .operand({1, 1, 2}, {0, 1})
                                .operand({1, 1, 2}, {1, 0});
  EXPECT_THAT(headless.import(), IsError(ErrorKind::kCorruptData, "'num_heads' is 0"));
  EXPECT_THAT(quarter_turn().attribute(onnx_int("rotary_embedding_dim", 3)).import(),
              IsError(ErrorKind::kCorruptData, "3 elements of a head are no pairs"));
}

}  // namespace
}  // namespace tenon::internal
