#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

TEST(ImportReduce, TakesAxesAsAttributeAndAsOperand) {
  const auto reduce = [](int64_t opset, const char* op) {
    return NodeCase(opset, op).operand({2, 2}, {1, 2, 3, 4}).attribute(onnx_int("keepdims", 0));
  };
  EXPECT_THAT(values(reduce(11, "ReduceSum").attribute(onnx_ints("axes", {-1})).run()),
              ElementsAre(3, 7));
  EXPECT_THAT(values(reduce(13, "ReduceSum").constant({1}, {0}).run()), ElementsAre(4, 6));
  EXPECT_THAT(values(reduce(17, "ReduceMean").attribute(onnx_ints("axes", {0})).run()),
              ElementsAre(2, 3));
  EXPECT_THAT(values(reduce(18, "ReduceMean").constant({1}, {0}).run()), ElementsAre(2, 3));
  EXPECT_THAT(values(reduce(1, "ReduceMax").run()), ElementsAre(4));
  EXPECT_THAT(values(reduce(20, "ReduceMin").run()), ElementsAre(1));
  const NodeCase noop = reduce(18, "ReduceProd").attribute(onnx_int("noop_with_empty_axes", 1));
  EXPECT_THAT(values(noop.run()), ElementsAre(1, 2, 3, 4));
}

TEST(ImportShapes, TakesReshapeOfEveryVersion) {
  const NodeCase attribute =
      NodeCase(1, "Reshape").operand({2, 2}, {1, 2, 3, 4}).attribute(onnx_ints("shape", {-1}));
  EXPECT_THAT(attribute.run().shape, ElementsAre(4));
  const NodeCase operand =
      NodeCase(5, "Reshape").operand({2, 2}, {1, 2, 3, 4}).constant({2}, {0, -1});
  EXPECT_THAT(operand.run().shape, ElementsAre(2, 2));
  const NodeCase zero = NodeCase(14, "Reshape")
                            .operand({0, 2}, {})
                            .constant({2}, {7, 0})
                            .attribute(onnx_int("allowzero", 1));
  EXPECT_THAT(zero.run().shape, ElementsAre(7, 0));
  EXPECT_THAT(NodeCase(1, "Reshape").operand({2}, {1, 2}).import(),
              IsError(ErrorKind::kCorruptData, "'shape' is missing"));
}

TEST(ImportShapes, TakesSqueezeAndUnsqueezeOfEveryVersion) {
  const auto shape = [](const NodeCase& node) { return node.run().shape; };
  EXPECT_THAT(
      shape(NodeCase(11, "Squeeze").operand({1, 2, 1}, {1, 2}).attribute(onnx_ints("axes", {-1}))),
      ElementsAre(1, 2));
  EXPECT_THAT(shape(NodeCase(1, "Squeeze").operand({1, 2, 1}, {1, 2})), ElementsAre(2));
  EXPECT_THAT(shape(NodeCase(13, "Squeeze").operand({1, 2, 1}, {1, 2}).constant({1}, {0})),
              ElementsAre(2, 1));
  EXPECT_THAT(
      shape(NodeCase(1, "Unsqueeze").operand({2}, {1, 2}).attribute(onnx_ints("axes", {0, 2}))),
      ElementsAre(1, 2, 1));
  EXPECT_THAT(shape(NodeCase(13, "Unsqueeze").operand({2}, {1, 2}).constant({1}, {-1})),
              ElementsAre(2, 1));
  EXPECT_THAT(
      NodeCase(11, "Squeeze").operand({1}, {1}).attribute(onnx_string("axes", "all")).import(),
      IsError(ErrorKind::kCorruptData, "not a list of integers"));
}

TEST(ImportShapes, TakesSliceOfEveryVersion) {
  const auto old = [] {
    return NodeCase(1, "Slice")
        .operand({2, 3}, {0, 1, 2, 3, 4, 5})
        .attribute(onnx_ints("starts", {1, -2}))
        .attribute(onnx_ints("ends", {2, 1000}));
  };
  EXPECT_THAT(values(old().run()), ElementsAre(4, 5));
  EXPECT_THAT(values(NodeCase(9, "Slice")
                         .operand({2, 3}, {0, 1, 2, 3, 4, 5})
                         .attribute(onnx_ints("starts", {2}))
                         .attribute(onnx_ints("ends", {3}))
                         .attribute(onnx_ints("axes", {1}))
                         .run()),
              ElementsAre(2, 5));
  const NodeCase newest = NodeCase(13, "Slice")
                              .operand({3}, {0, 1, 2})
                              .constant({1}, {2})
                              .constant({1}, {-100})
                              .omitted()
                              .constant({1}, {-1});
  EXPECT_THAT(values(newest.run()), ElementsAre(2, 1, 0));
  EXPECT_THAT(NodeCase(9, "Slice").operand({1}, {1}).import(),
              IsError(ErrorKind::kCorruptData, "'starts'"));
}

TEST(ImportTile, RepeatsAxes) {
  const auto tile = [](int64_t opset) {
    return NodeCase(opset, "Tile").operand({2, 2}, {1, 2, 3, 4});
  };
  const Tensor tiled = tile(6).constant({2}, {2, 3}).run();
  EXPECT_THAT(tiled.shape, ElementsAre(4, 6));
  EXPECT_THAT(values(tiled), ElementsAre(1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4,  //
                                         1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4));
  EXPECT_THAT(tile(13).constant({2}, {0, 2}).run().shape, ElementsAre(0, 4));
  EXPECT_THAT(values(tile(1).constant_floats({}, {2}).constant_floats({}, {1}).run()),
              ElementsAre(1, 2, 1, 2, 3, 4, 3, 4));
  EXPECT_THAT(values(NodeCase(13, "Tile").operand({}, {5}).constant({0}, {}).run()),
              ElementsAre(5));
}

TEST(ImportTile, RefusesRepeatsThatDoNotFit) {
  const auto tile = [](int64_t opset) { return NodeCase(opset, "Tile").operand({2}, {1, 2}); };
  EXPECT_THAT(tile(13).constant({2}, {1, 2}).import(),
              IsError(ErrorKind::kCorruptData, "2 repeats for an operand of shape [2]"));
  EXPECT_THAT(tile(13).constant({1}, {-1}).import(),
              IsError(ErrorKind::kInvalidArgument, "-1 is no dimension"));
  EXPECT_THAT(values(tile(13).operand({1}, {2}, DataType::kInt64).run()), ElementsAre(1, 2, 1, 2));
  EXPECT_THAT(tile(1).constant_floats({2}, {2, 2}).constant_floats({}, {0}).import(),
              IsError(ErrorKind::kCorruptData, "not scalars"));
}

TEST(ImportShapes, TakesTheOthers) {
  const auto concat = [](int64_t opset) {
    return NodeCase(opset, "Concat").operand({1, 1}, {1}).operand({1, 1}, {2});
  };
  EXPECT_THAT(concat(1).run().shape, ElementsAre(1, 2)) << "axis 1 by default";
  EXPECT_THAT(concat(4).attribute(onnx_int("axis", 0)).run().shape, ElementsAre(2, 1));
  EXPECT_THAT(NodeCase(13, "Flatten").operand({1, 2, 2}, {1, 2, 3, 4}).run().shape,
              ElementsAre(1, 4));
  EXPECT_THAT(values(NodeCase(1, "Transpose").operand({2, 2}, {1, 2, 3, 4}).run()),
              ElementsAre(1, 3, 2, 4));
  EXPECT_THAT(values(NodeCase(8, "Expand").operand({1}, {3}).constant({2}, {1, 2}).run()),
              ElementsAre(3, 3));
  EXPECT_THAT(values(NodeCase(13, "Gather")
                         .operand({3}, {5, 6, 7})
                         .constant({2}, {-1, 0})
                         .attribute(onnx_int("axis", 0))
                         .run()),
              ElementsAre(7, 5));
  EXPECT_THAT(values(NodeCase(15, "Shape")
                         .operand({4, 5, 6}, std::vector<double>(120))
                         .attribute(onnx_int("start", 1))
                         .run()),
              ElementsAre(5, 6));
  EXPECT_THAT(values(NodeCase(1, "Size").operand({4, 5}, std::vector<double>(20)).run()),
              ElementsAre(20));
  EXPECT_THAT(values(NodeCase(9, "MatMul").operand({2}, {1, 2}).operand({2}, {3, 4}).run()),
              ElementsAre(11));
}

TEST(ImportSoftmax, TakesRowsOverSeveralAxesInOldVersions) {
  // Four equal elements in one row: 1/4 each; per axis it would be 1/2.
  const NodeCase old = NodeCase(11, "Softmax").operand({1, 2, 2}, {7, 7, 7, 7});
  const Tensor rows = old.run();
  EXPECT_THAT(rows.shape, ElementsAre(1, 2, 2));
  EXPECT_THAT(values(rows), ElementsAre(0.25, 0.25, 0.25, 0.25));
  EXPECT_THAT(values(NodeCase(11, "Softmax")
                         .operand({1, 2, 2}, {7, 7, 7, 7})
                         .attribute(onnx_int("axis", -1))
                         .run()),
              ElementsAre(0.5, 0.5, 0.5, 0.5));
  EXPECT_THAT(values(NodeCase(13, "Softmax").operand({1, 2, 2}, {7, 7, 7, 7}).run()),
              ElementsAre(0.5, 0.5, 0.5, 0.5));
  EXPECT_THAT(NodeCase(11, "Softmax").operand({0, 2, 2}, {}).run().shape, ElementsAre(0, 2, 2));
  EXPECT_THAT(NodeCase(11, "Softmax").operand({1}, {1}).attribute(onnx_int("axis", 3)).import(),
              IsError(ErrorKind::kCorruptData, "axis 3"));
}

TEST(ImportCenterCropPad, CutsAndPadsAtBothEnds) {
  const auto changed = [](std::vector<int64_t> extents) {
    return values(NodeCase(18, "CenterCropPad")
                      .operand({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8})
                      .constant({2}, std::move(extents))
                      .run());
  };
  EXPECT_THAT(changed({2, 4}), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(changed({1, 1}), ElementsAre(2));
  EXPECT_THAT(changed({3, 2}), ElementsAre(2, 3, 6, 7, 0, 0));
  const NodeCase along_an_axis = NodeCase(18, "CenterCropPad")
                                     .operand({1, 2}, {1, 2})
                                     .constant({1}, {5})
                                     .attribute(onnx_ints("axes", {-1}));
  EXPECT_THAT(values(along_an_axis.run()), ElementsAre(0, 1, 2, 0, 0));
}

TEST(ImportShapes, TransposesElementsOfFourBits) {
  for (const DataType type : {DataType::kInt4, DataType::kUInt4}) {
    const Tensor y = NodeCase(21, "Transpose").operand({2, 3}, {1, 2, 3, 4, 5, 6}, type).run();
    EXPECT_EQ(y.type, type);
    EXPECT_THAT(values(y), ElementsAre(1, 4, 2, 5, 3, 6));
  }
}

}  // namespace
}  // namespace tenon::internal
