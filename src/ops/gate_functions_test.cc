#include "ops/gate_functions.h"

#include "testing/matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tenon::internal {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using testing::IsError;

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

// The first function of this name at -2, 0.25 and 2.
std::vector<double> values_of(const std::string& name, std::vector<float> alphas = {},
                              std::vector<float> betas = {}, double limit = kNoLimit) {
  std::vector<double> values = {-2, 0.25, 2};
  gate_functions({{name}}, alphas, betas).value().front().apply(values, limit);
  return values;
}

auto near(double value) { return DoubleNear(value, 1e-12); }

TEST(GateFunctions, HaveTheDefaultsOfTheOperators) {
  EXPECT_THAT(values_of("Affine"), ElementsAre(-2, 0.25, 2));
  EXPECT_THAT(values_of("Elu"), ElementsAre(near(std::exp(-2) - 1), 0.25, 2));
  EXPECT_THAT(values_of("HardSigmoid"), ElementsAre(near(0.1), near(0.55), near(0.9)));
  EXPECT_THAT(values_of("LeakyRelu"), ElementsAre(near(-0.02), 0.25, 2));
  EXPECT_THAT(values_of("Relu"), ElementsAre(0, 0.25, 2));
  EXPECT_THAT(values_of("ScaledTanh"),
              ElementsAre(near(-std::tanh(2)), near(std::tanh(0.25)), near(std::tanh(2))));
  EXPECT_THAT(values_of("Sigmoid"),
              ElementsAre(near(1 / (1 + std::exp(2))), near(1 / (1 + std::exp(-0.25))),
                          near(1 / (1 + std::exp(-2)))));
  EXPECT_THAT(values_of("Softplus"),
              ElementsAre(near(std::log(1 + std::exp(-2))), near(std::log(1 + std::exp(0.25))),
                          near(std::log(1 + std::exp(2)))));
  EXPECT_THAT(values_of("Softsign"), ElementsAre(near(-2.0 / 3), near(0.2), near(2.0 / 3)));
  EXPECT_THAT(values_of("tanh"),
              ElementsAre(near(-std::tanh(2)), near(std::tanh(0.25)), near(std::tanh(2))));
  EXPECT_THAT(values_of("ThresholdedRelu"), ElementsAre(0, 0, 2));
}

TEST(GateFunctions, ClipWhatTheyAreAppliedTo) {
  EXPECT_THAT(values_of("Affine", {2}, {1}, 0.5), ElementsAre(0, 1.5, 2));
}

TEST(GateFunctions, TakeParametersInOrderWhereTheyHaveThem) {
  const std::vector<std::string> names = {"Sigmoid", "HardSigmoid", "Elu", "Affine", "LeakyRelu"};
  const auto functions = gate_functions(names, {{2, 3, 4}}, {{5}}).value();
  EXPECT_EQ(functions[1].alpha, 2);
  EXPECT_EQ(functions[1].beta, 5);
  EXPECT_EQ(functions[2].alpha, 3);
  EXPECT_EQ(functions[3].alpha, 4);
  EXPECT_EQ(functions[3].beta, 0) << "the list has ended";
  EXPECT_EQ(functions[4].alpha, 0.01) << "the list has ended";
}

TEST(GateFunctions, RefuseAnUnknownName) {
  EXPECT_THAT(gate_functions({{"Gelu"}}, {}, {}),
              IsError(ErrorKind::kInvalidArgument, "no activation function \"Gelu\""));
}

}  // namespace
}  // namespace tenon::internal
