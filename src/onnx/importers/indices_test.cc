#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

TEST(ImportOneHot, TakesFloatingIndicesAndDepths) {
  const NodeCase node = NodeCase(11, "OneHot")
                            .operand({2}, {1, -1})
                            .constant_floats({1}, {3})
                            .operand({2}, {5, 7}, DataType::kInt32);
  EXPECT_EQ(node.run().type, DataType::kInt32);
  EXPECT_THAT(values(node.run()), ElementsAre(5, 7, 5, 5, 5, 7));
}

TEST(ImportOneHot, RefusesADepthThatIsNoExtent) {
  const NodeCase node =
      NodeCase(9, "OneHot").operand({1}, {1}).constant_floats({}, {1e30}).operand({2}, {0, 1});
  EXPECT_THAT(node.import(), IsError(ErrorKind::kCorruptData, "depth"));
}

TEST(ImportEyeLike, HasTheTypeThatTheAttributeNumbers) {
  const NodeCase node = NodeCase(9, "EyeLike").operand({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(node.run().type, DataType::kFloat32);
  const NodeCase of_doubles =
      NodeCase(22, "EyeLike").operand({1, 2}, {1, 2}).attribute(onnx_int("dtype", 11));
  EXPECT_EQ(of_doubles.run().type, DataType::kFloat64);
  EXPECT_THAT(values(of_doubles.run()), ElementsAre(1, 0));
  const NodeCase of_strings =
      NodeCase(22, "EyeLike").operand({1, 2}, {1, 2}).attribute(onnx_int("dtype", 8));
  EXPECT_THAT(of_strings.import(), IsError(ErrorKind::kUnsupported, "STRING"));
}

TEST(ImportScatter, IsScatterElementsOfOldModels) {
  const NodeCase node = NodeCase(9, "Scatter")
                            .operand({3}, {1, 2, 3})
                            .operand({1}, {-1}, DataType::kInt64)
                            .operand({1}, {9});
  EXPECT_THAT(values(node.run()), ElementsAre(1, 2, 9));
}

}  // namespace
}  // namespace tenon::internal
