#include "testing/compare.h"

#include "tensor/host_tensor.h"
#include "testing/random_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace tenon::internal::testing {
namespace {

using ::testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

HostTensor tensor(std::vector<double> values, DataType type = DataType::kFloat32) {
  return HostTensor::of(type, {static_cast<int64_t>(values.size())}, values).value();
}

TEST(TensorsClose, AcceptsWhatIsWithinTheTolerance) {
  EXPECT_TRUE(tensors_close(tensor({1, -100}).view(), tensor({1.5, -101}).view(), {0.5, 0.01}));
  EXPECT_TRUE(tensors_close(tensor({}).view(), tensor({}).view()));
  EXPECT_FALSE(tensors_close(tensor({1}).view(), tensor({1.5}).view(), {0.25, 0}));
}

TEST(TensorsClose, TakesNanAndInfinitiesForThemselvesOnly) {
  const HostTensor special = tensor({kNan, kInf, -kInf});
  EXPECT_TRUE(tensors_close(special.view(), special.view()));
  EXPECT_FALSE(tensors_close(tensor({0}).view(), tensor({kNan}).view(), {1e9, 1e9}));
  EXPECT_FALSE(tensors_close(tensor({kNan}).view(), tensor({0}).view(), {1e9, 1e9}));
  EXPECT_FALSE(tensors_close(tensor({1e30}).view(), tensor({kInf}).view(), {1e9, 1e9}));
  EXPECT_FALSE(tensors_close(tensor({-kInf}).view(), tensor({kInf}).view(), {1e9, 1e9}));
}

TEST(TensorsClose, NamesTheFirstAndTheWorstMismatch) {
  const auto result = tensors_close(
      HostTensor::of(DataType::kFloat32, {2, 2}, std::vector<double>{1, 3, 9, 4}).value().view(),
      HostTensor::of(DataType::kFloat32, {2, 2}, std::vector<double>{1, 2, 3, 4}).value().view());
  ASSERT_FALSE(result);
  EXPECT_THAT(result.message(), HasSubstr("2 of 4 elements differ"));
  EXPECT_THAT(result.message(), HasSubstr("first at [0,1]: got 3, want 2 (4194304 ulps)"));
  EXPECT_THAT(result.message(), HasSubstr("worst at [1,0]: got 9, want 3"));
}

TEST(TensorsClose, TellsTypesAndShapesApart) {
  EXPECT_FALSE(tensors_close(tensor({1}).view(), tensor({1}, DataType::kFloat64).view()));
  EXPECT_FALSE(tensors_close(tensor({1}).view(), tensor({1, 1}).view()));
}

TEST(TensorsClose, IsExactForLargeIntegers) {
  const std::vector<int64_t> want = {(int64_t{1} << 60) + 1};
  const std::vector<int64_t> got = {int64_t{1} << 60};
  EXPECT_FALSE(tensors_close(HostTensor::of_int64({1}, got).value().view(),
                             HostTensor::of_int64({1}, want).value().view()));
}

TEST(TensorsIdentical, TellsZerosApart) {
  EXPECT_TRUE(tensors_close(tensor({-0.0}).view(), tensor({0.0}).view()));
  const auto result = tensors_identical(tensor({-0.0}).view(), tensor({0.0}).view());
  ASSERT_FALSE(result);
  EXPECT_THAT(result.message(), HasSubstr("0 ulps"));
  EXPECT_TRUE(tensors_identical(tensor({kNan}).view(), tensor({kNan}).view()));
}

TEST(RandomTensor, DependsOnTheSeedOnly) {
  const HostTensor first = random_tensor(DataType::kFloat32, {5}, 1);
  EXPECT_EQ(first, random_tensor(DataType::kFloat32, {5}, 1));
  EXPECT_FALSE(first == random_tensor(DataType::kFloat32, {5}, 2));
}

TEST(RandomTensor, StaysWithinItsBounds) {
  const HostTensor floats = random_tensor(DataType::kFloat64, {1000}, 1, -3, 5);
  for (const double value : floats.as<double>()) {
    EXPECT_GE(value, -3);
    EXPECT_LT(value, 5);
  }
  const HostTensor ints = random_tensor(DataType::kInt32, {1000}, 1, -3, 5);
  for (const int32_t value : ints.as<int32_t>()) {
    EXPECT_GE(value, -3);
    EXPECT_LE(value, 4);
  }
}

}  // namespace
}  // namespace tenon::internal::testing
