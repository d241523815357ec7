#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

TEST(ImportRange, CountsInIntegers) {
  const NodeCase integers =
      NodeCase(11, "Range").constant({}, {10}).constant({}, {4}).constant({}, {-2});
  const Tensor counted = integers.run();
  EXPECT_EQ(counted.type, DataType::kInt64);
  EXPECT_THAT(values(counted), ElementsAre(10, 8, 6));
}

TEST(ImportRange, MakesAConstantOfOtherTypes) {
  const auto range = [](int64_t opset, double start, double limit, double delta, DataType type) {
    return NodeCase(opset, "Range")
        .constant_tensor({}, {start}, type)
        .constant_tensor({}, {limit}, type)
        .constant_tensor({}, {delta}, type);
  };
  EXPECT_THAT(values(range(11, 0, 1, 0.25, DataType::kFloat32).run()),
              ElementsAre(0, 0.25, 0.5, 0.75));
  EXPECT_THAT(values(range(11, 3, -3, -2, DataType::kInt16).run()), ElementsAre(3, 1, -1));
  EXPECT_THAT(range(11, 1, 0, 1, DataType::kFloat64).run().shape, ElementsAre(0));
  EXPECT_THAT(range(11, 0, 1e30, 1, DataType::kFloat64).import(),
              IsError(ErrorKind::kUnsupported, "more than 16777216 numbers"));
  EXPECT_THAT(range(11, 0, 0, 0, DataType::kFloat64).import(),
              IsError(ErrorKind::kUnsupported, "numbers"))
      << "no count at all";
  EXPECT_THAT(range(27, 0, 2, 1, DataType::kFloat16).attribute(onnx_int("stash_type", 10)).import(),
              IsError(ErrorKind::kUnsupported, "stash_type"));
}

TEST(ImportRange, RefusesFloatsThatTheModelComputes) {
  const NodeCase computed =
      NodeCase(11, "Range").operand({}, {0}).operand({}, {1}).operand({}, {1});
  EXPECT_THAT(computed.import(),
              IsError(ErrorKind::kUnsupported, "its operand with the start, limit or delta"));
  const NodeCase mixed =
      NodeCase(11, "Range").constant_floats({}, {0}).constant({}, {1}).constant_floats({}, {1});
  EXPECT_THAT(mixed.import(), IsError(ErrorKind::kCorruptData, "not of one type"));
}

}  // namespace
}  // namespace tenon::internal
