#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::DoubleNear;
using ::testing::ElementsAre;

NodeCase layer_normalization() {
  return NodeCase(17, "LayerNormalization")
      .operand({2, 2}, {1, 3, -4, 4})
      .operand({2}, {1, 2})
      .attribute(onnx_float("epsilon", 0));
}

TEST(ImportLayerNormalization, ComputesTheStatisticsThatAreUsed) {
  EXPECT_EQ(layer_normalization().run_all().size(), 1U);
  const std::vector<Tensor> all =
      layer_normalization().used_output("mean").used_output("inverse").run_all();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_THAT(values(all[0]), ElementsAre(-1, 2, -1, 2));
  EXPECT_THAT(all[1].shape, ElementsAre(2, 1));
  EXPECT_THAT(values(all[1]), ElementsAre(2, 0));
  EXPECT_THAT(values(all[2]), ElementsAre(1, 0.25));
}

TEST(ImportLayerNormalization, CanLeaveOutTheMean) {
  const std::vector<Tensor> all = layer_normalization()
                                      .attribute(onnx_int("axis", 0))
                                      .unused_output("")
                                      .used_output("inverse")
                                      .run_all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_THAT(all[1].shape, ElementsAre(1, 1));
  EXPECT_THAT(values(all[1]), ElementsAre(DoubleNear(1 / std::sqrt(9.5), 1e-6)));
}

TEST(ImportLayerNormalization, RefusesOtherTypesOfStatistics) {
  EXPECT_THAT(layer_normalization().attribute(onnx_int("stash_type", 10)).import(),
              IsError(ErrorKind::kUnsupported, "stash_type is 10"));
}

TEST(ImportRmsNormalization, GivesTheTypeOfTheScale) {
  const NodeCase node = NodeCase(23, "RMSNormalization")
                            .operand({1, 2}, {3, 4}, DataType::kFloat16)
                            .operand({2}, {1, 10})
                            .attribute(onnx_float("epsilon", 0));
  EXPECT_EQ(node.run().type, DataType::kFloat32);
  EXPECT_THAT(values(node.run()), ElementsAre(DoubleNear(3 / std::sqrt(12.5), 1e-6),
                                              DoubleNear(40 / std::sqrt(12.5), 1e-5)));
}

TEST(ImportGroupNormalization, HadOneScaleForEachGroup) {
  const auto normalized = [](int64_t opset, std::vector<double> scale, std::vector<double> bias) {
    const auto count = static_cast<int64_t>(scale.size());
    return NodeCase(opset, "GroupNormalization")
        .operand({1, 4}, {1, 3, 2, 6})
        .operand({count}, std::move(scale))
        .operand({count}, std::move(bias))
        .attribute(onnx_int("num_groups", 2))
        .attribute(onnx_float("epsilon", 0));
  };
  EXPECT_THAT(values(normalized(18, {1, 10}, {0, 5}).run()), ElementsAre(-1, 1, -5, 15));
  EXPECT_THAT(values(normalized(21, {1, 2, 10, 20}, {0, 1, 5, 6}).run()),
              ElementsAre(-1, 3, -5, 26));
}

TEST(ImportLpNormalization, LeavesZerosAlone) {
  const auto normalized = [](int64_t p) {
    return NodeCase(1, "LpNormalization")
        .operand({2, 2}, {3, -4, 0, 0})
        .attribute(onnx_int("p", p));
  };
  EXPECT_THAT(values(normalized(2).run()),
              ElementsAre(DoubleNear(0.6, 1e-6), DoubleNear(-0.8, 1e-6), 0, 0));
  EXPECT_THAT(values(normalized(1).run()),
              ElementsAre(DoubleNear(3. / 7, 1e-6), DoubleNear(-4. / 7, 1e-6), 0, 0));
  EXPECT_THAT(normalized(3).import(), IsError(ErrorKind::kCorruptData, "not 1 or 2"));
}

TEST(ImportMeanVarianceNormalization, NormalizesAllButTheChannels) {
  const NodeCase node =
      NodeCase(13, "MeanVarianceNormalization").operand({1, 2, 1, 2}, {1, 3, -4, 4});
  EXPECT_THAT(values(node.run()), ElementsAre(-1, 1, -1, 1));
  const NodeCase along_axes = NodeCase(9, "MeanVarianceNormalization")
                                  .operand({2, 2}, {1, 3, 3, 5})
                                  .attribute(onnx_ints("axes", {0}));
  EXPECT_THAT(values(along_axes.run()), ElementsAre(-1, -1, 1, 1));
}

}  // namespace
}  // namespace tenon::internal
