#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

TEST(ImportPad, TakesPadsOfEveryVersion) {
  const auto pad = [](int64_t opset) { return NodeCase(opset, "Pad").operand({2}, {1, 2}); };
  EXPECT_THAT(values(pad(1).attribute(onnx_ints("paddings", {1, 0})).run()), ElementsAre(0, 1, 2));
  const NodeCase attributes =
      pad(2).attribute(onnx_ints("pads", {1, 2})).attribute(onnx_float("value", 7));
  EXPECT_THAT(values(attributes.run()), ElementsAre(7, 1, 2, 7, 7));
  EXPECT_THAT(values(pad(11).constant({2}, {0, 1}).operand({}, {9}).run()), ElementsAre(1, 2, 9));
  const NodeCase of_axes = NodeCase(18, "Pad")
                               .operand({1, 2}, {1, 2})
                               .constant({2}, {-1, 1})
                               .omitted()
                               .constant({1}, {-1})
                               .attribute(onnx_string("mode", "edge"));
  EXPECT_THAT(values(of_axes.run()), ElementsAre(2, 2));
  const NodeCase wrapped = pad(19).constant({2}, {3, 0}).attribute(onnx_string("mode", "wrap"));
  EXPECT_THAT(values(wrapped.run()), ElementsAre(2, 1, 2, 1, 2));
}

TEST(ImportPad, RefusesWhatIsNotStated) {
  EXPECT_THAT(NodeCase(1, "Pad").operand({1}, {1}).import(),
              IsError(ErrorKind::kCorruptData, "'paddings' is missing"));
  EXPECT_THAT(NodeCase(10, "Pad").operand({1}, {1}).import(),
              IsError(ErrorKind::kCorruptData, "'pads' is missing"));
}

TEST(ImportPad, TakesPadsThatTheRunComputes) {
  const NodeCase node =
      NodeCase(13, "Pad").operand({1}, {1}).operand({2}, {1, 2}, DataType::kInt64);
  EXPECT_THAT(values(node.run()), ElementsAre(0, 1, 0, 0));
}

}  // namespace
}  // namespace tenon::internal
