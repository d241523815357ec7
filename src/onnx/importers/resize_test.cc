#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

NodeCase resize(int64_t opset, std::string op_type = "Resize") {
  return NodeCase(opset, std::move(op_type)).operand({1, 4}, {1, 2, 3, 4});
}

TEST(ImportUpsample, TakesScalesAsAttributeAndAsOperand) {
  const NodeCase attribute = resize(7, "Upsample").attribute(onnx_float_list("scales", {2, 1.5}));
  EXPECT_THAT(attribute.run().shape, ElementsAre(2, 6));
  EXPECT_THAT(values(attribute.run()), ElementsAre(1, 1, 2, 3, 3, 4, 1, 1, 2, 3, 3, 4));
  const NodeCase operand =
      resize(9, "Upsample").constant_floats({2}, {1, 2}).attribute(onnx_string("mode", "linear"));
  EXPECT_THAT(values(operand.run()), ElementsAre(1, 1.5, 2, 2.5, 3, 3.5, 4, 4));
  EXPECT_THAT(resize(8, "Upsample").import(), IsError(ErrorKind::kCorruptData, "'scales'"));
}

TEST(ImportResize, OfOpset10PicksTheNeighbourBehindWhereItShrinks) {
  EXPECT_THAT(values(resize(10).constant_floats({2}, {1, 0.6}).run()), ElementsAre(1, 3));
  EXPECT_THAT(values(resize(10).constant_floats({2}, {1, 1.5}).run()),
              ElementsAre(1, 1, 2, 3, 3, 4));
  const Tensor both = resize(10).constant_floats({2}, {2, 0.6}).run();
  EXPECT_THAT(both.shape, ElementsAre(2, 2));
  EXPECT_THAT(values(both), ElementsAre(1, 3, 1, 3));
  const NodeCase linear =
      resize(10).constant_floats({2}, {1, 0.5}).attribute(onnx_string("mode", "linear"));
  EXPECT_THAT(values(linear.run()), ElementsAre(1, 3));
}

TEST(ImportResize, TakesScalesOrSizes) {
  const NodeCase scales =
      resize(11)
          .constant_floats({0}, {})
          .constant_floats({2}, {1, 2})
          .attribute(onnx_string("nearest_mode", "floor"))
          .attribute(onnx_string("coordinate_transformation_mode", "asymmetric"));
  EXPECT_THAT(values(scales.run()), ElementsAre(1, 1, 2, 2, 3, 3, 4, 4));
  const NodeCase sizes =
      resize(11).constant_floats({0}, {}).constant_floats({0}, {}).constant({2}, {1, 2});
  EXPECT_THAT(values(sizes.run()), ElementsAre(1, 3)) << "half a pixel between two, the lower one";
  const NodeCase axes =
      resize(19).omitted().omitted().constant({1}, {2}).attribute(onnx_ints("axes", {1}));
  EXPECT_THAT(values(axes.run()), ElementsAre(1, 3));
}

TEST(ImportResize, TakesARegionOfInterest) {
  const auto crop = [] {
    return resize(13)
        .constant_floats({4}, {0, -0.5, 1, 0.5})
        .omitted()
        .constant({2}, {1, 3})
        .attribute(onnx_string("mode", "linear"))
        .attribute(onnx_float("extrapolation_value", -1));
  };
  const NodeCase cropped =
      crop().attribute(onnx_string("coordinate_transformation_mode", "tf_crop_and_resize"));
  EXPECT_THAT(values(cropped.run()), ElementsAre(-1, 1, 2.5));
  EXPECT_THAT(crop().run().shape, ElementsAre(1, 3)) << "of no matter to other coordinates";
}

TEST(ImportResize, RefusesWhatTheModelComputes) {
  const NodeCase scales = resize(13).omitted().operand({2}, {1, 2});
  EXPECT_THAT(scales.import(),
              IsError(ErrorKind::kUnsupported, "its operand with the scales is computed"));
  const NodeCase regions =
      resize(13)
          .operand({4}, {0, 0, 1, 1})
          .constant_floats({2}, {1, 2})
          .attribute(onnx_string("coordinate_transformation_mode", "tf_crop_and_resize"));
  EXPECT_THAT(regions.import(),
              IsError(ErrorKind::kUnsupported, "its operand with the regions of interest"));
  EXPECT_THAT(resize(13).import(), IsError(ErrorKind::kInvalidArgument, "either sizes or scales"));
}

TEST(ImportGridSample, KnowsTheNamesOfOldModels) {
  const auto sampled = [](int64_t opset, const char* mode) {
    return values(NodeCase(opset, "GridSample")
                      .operand({1, 1, 1, 2}, {1, 3})
                      .operand({1, 1, 1, 2}, {0, 0})
                      .attribute(onnx_string("mode", mode))
                      .run());
  };
  EXPECT_THAT(sampled(16, "bilinear"), ElementsAre(2));
  EXPECT_THAT(sampled(16, "bicubic"), ElementsAre(2.375));
  EXPECT_THAT(sampled(20, "linear"), ElementsAre(2));
}

TEST(ImportMaxRoiPool, TakesTheImagesFromTheRegions) {
  const NodeCase node = NodeCase(22, "MaxRoiPool")
                            .operand({2, 1, 1, 2}, {1, 3, 5, 4})
                            .operand({2, 5}, {1, 0, 0, 1, 0, 0, 0, 0, 0, 0})
                            .attribute(onnx_ints("pooled_shape", {1, 1}));
  EXPECT_THAT(values(node.run()), ElementsAre(5, 1));
}

TEST(ImportRoiAlign, CountedFromCornersInOldModels) {
  const auto pooled = [](int64_t opset) {
    return values(NodeCase(opset, "RoiAlign")
                      .operand({1, 1, 1, 2}, {1, 3})
                      .operand({1, 4}, {0, 0, 1, 1})
                      .operand({1}, {0}, DataType::kInt64)
                      .run());
  };
  EXPECT_THAT(pooled(10), ElementsAre(2));
  EXPECT_THAT(pooled(16), ElementsAre(1));
}

}  // namespace
}  // namespace tenon::internal
