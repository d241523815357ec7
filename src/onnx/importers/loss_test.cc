#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::DoubleNear;
using ::testing::ElementsAre;

// Of two images, three classes and one position.
NodeCase likelihood(const std::string& reduction, std::vector<double> classes) {
  return NodeCase(13, "NegativeLogLikelihoodLoss")
      .operand({2, 3, 1}, {-1, -2, -3, -4, -5, -6})
      .operand({2, 1}, std::move(classes), DataType::kInt64)
      .attribute(onnx_string("reduction", reduction));
}

TEST(ImportNegativeLogLikelihoodLoss, PicksClasses) {
  const Tensor all = likelihood("none", {2, 0}).run();
  EXPECT_THAT(all.shape, ElementsAre(2, 1));
  EXPECT_THAT(values(all), ElementsAre(3, 4));
  EXPECT_THAT(values(likelihood("sum", {2, 0}).run()), ElementsAre(7));
  const Tensor mean = likelihood("mean", {2, 0}).run();
  EXPECT_TRUE(mean.shape.empty());
  EXPECT_THAT(values(mean), ElementsAre(3.5));
  EXPECT_THAT(likelihood("largest", {2, 0}).import(), IsError(ErrorKind::kCorruptData, "largest"));
}

TEST(ImportNegativeLogLikelihoodLoss, WeighsClasses) {
  const auto weighted = [](const char* reduction) {
    return values(likelihood(reduction, {2, 0}).operand({3}, {1, 10, 3}).run());
  };
  EXPECT_THAT(weighted("none"), ElementsAre(9, 4));
  EXPECT_THAT(weighted("sum"), ElementsAre(13));
  EXPECT_THAT(weighted("mean"), ElementsAre(3.25));
}

TEST(ImportNegativeLogLikelihoodLoss, IgnoresAClassThatNeedNotExist) {
  const auto ignoring = [](const char* reduction) {
    return likelihood(reduction, {-7, 1}).attribute(onnx_int("ignore_index", -7));
  };
  EXPECT_THAT(values(ignoring("none").run()), ElementsAre(0, 5));
  EXPECT_THAT(values(ignoring("mean").run()), ElementsAre(5));
  EXPECT_THAT(values(ignoring("mean").operand({3}, {1, 2, 3}).run()), ElementsAre(5));
}

TEST(ImportSoftmaxCrossEntropyLoss, GivesTheLogarithmsToo) {
  const std::vector<Tensor> all = NodeCase(13, "SoftmaxCrossEntropyLoss")
                                      .operand({1, 2}, {3, 3})
                                      .operand({1}, {1}, DataType::kInt32)
                                      .used_output("logarithms")
                                      .run_all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_THAT(values(all[0]), ElementsAre(DoubleNear(std::log(2), 1e-6)));
  EXPECT_THAT(values(all[1]),
              ElementsAre(DoubleNear(-std::log(2), 1e-6), DoubleNear(-std::log(2), 1e-6)));
}

}  // namespace
}  // namespace tenon::internal
