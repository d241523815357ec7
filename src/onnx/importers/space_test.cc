#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

NodeCase depth_to_space(int64_t opset) {
  return NodeCase(opset, "DepthToSpace")
      .operand({1, 8, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7})
      .attribute(onnx_int("blocksize", 2));
}

TEST(ImportDepthToSpace, KnowsTheOrdersOfDepth) {
  const Tensor blocks_first = depth_to_space(1).run();
  EXPECT_THAT(blocks_first.shape, ElementsAre(1, 2, 2, 2));
  EXPECT_THAT(values(blocks_first), ElementsAre(0, 2, 4, 6, 1, 3, 5, 7));
  EXPECT_THAT(values(depth_to_space(13).attribute(onnx_string("mode", "DCR")).run()),
              ElementsAre(0, 2, 4, 6, 1, 3, 5, 7));
  EXPECT_THAT(values(depth_to_space(11).attribute(onnx_string("mode", "CRD")).run()),
              ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST(ImportDepthToSpace, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(depth_to_space(11).attribute(onnx_string("mode", "RCD")).import(),
              IsError(ErrorKind::kCorruptData, "'RCD'"));
  EXPECT_THAT(depth_to_space(11).attribute(onnx_int("size", 1)).import(),
              IsError(ErrorKind::kCorruptData, "'size' is not known"));
  EXPECT_THAT(NodeCase(1, "DepthToSpace").operand({1, 4, 1, 1}, {0, 1, 2, 3}).import(),
              IsError(ErrorKind::kCorruptData, "'blocksize' is 0"));
  EXPECT_THAT(NodeCase(1, "DepthToSpace")
                  .operand({4}, {0, 1, 2, 3})
                  .attribute(onnx_int("blocksize", 2))
                  .import(),
              IsError(ErrorKind::kCorruptData, "shape [4], not [N,C,H,W]"));
  EXPECT_THAT(NodeCase(1, "DepthToSpace")
                  .operand({1, 3, 1, 1}, {0, 1, 2})
                  .attribute(onnx_int("blocksize", 2))
                  .import(),
              IsError(ErrorKind::kInvalidArgument, "the number of elements is 3"));
}

TEST(ImportSpaceToDepth, KnowsTheOrdersOfDepth) {
  const auto space_to_depth = [](int64_t opset) {
    return NodeCase(opset, "SpaceToDepth")
        .operand({1, 2, 2, 2}, {0, 2, 4, 6, 1, 3, 5, 7})
        .attribute(onnx_int("blocksize", 2));
  };
  EXPECT_THAT(space_to_depth(1).run().shape, ElementsAre(1, 8, 1, 1));
  EXPECT_THAT(values(space_to_depth(13).run()), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(values(space_to_depth(28).attribute(onnx_string("mode", "CRD")).run()),
              ElementsAre(0, 2, 4, 6, 1, 3, 5, 7));
  EXPECT_THAT(NodeCase(1, "SpaceToDepth")
                  .operand({1, 1, 1, 3}, {0, 1, 2})
                  .attribute(onnx_int("blocksize", 2))
                  .import(),
              IsError(ErrorKind::kInvalidArgument, "the number of elements is 3"));
}

}  // namespace
}  // namespace tenon::internal
