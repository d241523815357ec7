// All pairs of element types, against convert(), which is written on number_formats.h alone.
#include "base/data_types.h"
#include "ops/list.h"
#include "ops/pointwise.h"
#include "tensor/host_tensor.h"
#include "testing/compare.h"
#include "testing/matchers.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace tenon::internal {
namespace {

using testing::IsOk;
using testing::tensors_identical;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Tensor cast(const ConstTensorView& tensor, DataType to, bool saturate = true) {
  const Attrs attrs = Attrs::of(CastAttrs{.to = to, .saturate = saturate});
  Tensor result{to, tensor.shape, {}};
  result.bytes.resize(static_cast<size_t>(byte_size(to, tensor.shape)), std::byte{0xcd});
  const auto pool = ThreadPool::create({}).value();
  const std::vector<TensorView> out = {result.view()};
  EXPECT_THAT(find_op("Cast")->reference(attrs, {{tensor}}, out, *pool), IsOk());
  return result;
}

HostTensor vector_of(DataType type, const std::vector<double>& values) {
  return HostTensor::of(type, {static_cast<int64_t>(values.size())}, values).value();
}

// The elements of Cast of `values`, given as `from`.
std::vector<double> cast_values(DataType from, DataType to, const std::vector<double>& values,
                                bool saturate = true) {
  Tensor result = cast(vector_of(from, values).view(), to, saturate);
  std::vector<double> elements;
  for (size_t i = 0; i < values.size(); ++i) {
    elements.push_back(element_as_double(result.view(), static_cast<int64_t>(i)));
  }
  return elements;
}

// Random bits of the type: all values, infinities and NaN among them.
HostTensor random_bits(DataType type, int64_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  return HostTensor::make(type, {count},
                          [&](std::span<std::byte> bytes) {
                            for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
                          })
      .value();
}

TEST(Cast, AgreesWithConvertOnRandomBitsOfAllTypes) {
  constexpr int64_t kCount = 777;
  for (const DataType from : all_data_types()) {
    for (const DataType to : all_data_types()) {
      // Tested below.
      if (is_integer(from) && bits_of(from) == 64 && to == DataType::kFloat64) continue;
      const uint64_t seed = static_cast<uint64_t>(from) * 100 + static_cast<uint64_t>(to);
      SCOPED_TRACE(fmt::format("{} to {}, seed {}", to_string(from), to_string(to), seed));
      const HostTensor source = random_bits(from, kCount, seed);
      Tensor want = convert(source.view(), to);
      EXPECT_TRUE(tensors_identical(cast(source.view(), to).view(), want.view()));
    }
  }
}

TEST(Cast, SaturatesFloatingValuesBeyondTheRangeOfIntegers) {
  for (const DataType from : {DataType::kFloat32, DataType::kFloat64}) {
    for (const DataType to : all_data_types()) {
      if (!is_integer(to)) continue;
      SCOPED_TRACE(fmt::format("{} to {}", to_string(from), to_string(to)));
      const int bits = bits_of(to) - (is_signed(to) ? 1 : 0);
      const double end = std::ldexp(1.0, bits);
      const double lowest = is_signed(to) ? -end : 0;
      // As a double, the largest 64-bit integer is rounded to `end`.
      const double highest = bits > 32 ? end : end - 1;
      const std::vector<double> far = {kInfinity, 1e30, end, -kInfinity, -1e30, lowest - end, kNaN};
      const std::vector<double> want = {highest, highest, highest, lowest, lowest, lowest, 0};
      EXPECT_EQ(cast_values(from, to, far), want);
      EXPECT_EQ(cast_values(from, to, {lowest}), std::vector<double>{lowest});
    }
  }
}

TEST(Cast, HoldsTheLargest64BitIntegersExactly) {
  Tensor limits = cast(vector_of(DataType::kFloat64, {1e30, -1e30}).view(), DataType::kInt64);
  EXPECT_THAT(to_int64s(limits.view()),
              testing::IsOkAndHolds(std::vector<int64_t>{std::numeric_limits<int64_t>::max(),
                                                         std::numeric_limits<int64_t>::min()}));
}

TEST(Cast, SaturatesToFp8OnlyIfAsked) {
  constexpr DataType kF32 = DataType::kFloat32;
  const std::vector<double> beyond = {1e6, -1e6, kInfinity};
  EXPECT_EQ(cast_values(kF32, DataType::kFloat8E5M2, beyond),
            (std::vector<double>{57344, -57344, 57344}));
  EXPECT_EQ(cast_values(kF32, DataType::kFloat8E5M2, beyond, false),
            (std::vector<double>{kInfinity, -kInfinity, kInfinity}));
  for (const double value : cast_values(kF32, DataType::kFloat8E4M3FN, beyond, false)) {
    EXPECT_TRUE(std::isnan(value)) << value;
  }
  // Other narrow types never do.
  EXPECT_EQ(cast_values(kF32, DataType::kFloat16, beyond),
            (std::vector<double>{kInfinity, -kInfinity, kInfinity}));
}

TEST(Cast, RoundsOnceToNearestEven) {
  constexpr DataType kF16 = DataType::kFloat16;
  EXPECT_EQ(cast_values(DataType::kInt32, kF16, {2049, 2051}), (std::vector<double>{2048, 2052}));
  // Just above the middle of two f16 values, by less than a float can tell.
  const double above_middle = 2049 + std::ldexp(1.0, -30);
  EXPECT_EQ(cast_values(DataType::kFloat64, kF16, {above_middle}), std::vector<double>{2050});
  // The middle of two bf16 values, plus one.
  const std::vector<int64_t> integer = {(int64_t{1} << 60) + (int64_t{1} << 52) + 1};
  const HostTensor source = HostTensor::of_int64({1}, integer).value();
  Tensor result = cast(source.view(), DataType::kBFloat16);
  EXPECT_EQ(element_as_double(result.view(), 0), std::ldexp(1.0, 60) + std::ldexp(1.0, 53));
}

TEST(Cast, RoundsLargeIntegersToTheNearestDouble) {
  // 2^53 + 1 is the first integer that is none; ties go to even.
  constexpr int64_t kExact = int64_t{1} << 53;
  const std::vector<int64_t> integers = {kExact + 1, kExact + 3, -kExact - 1,
                                         std::numeric_limits<int64_t>::max()};
  const HostTensor source = HostTensor::of_int64({4}, integers).value();
  Tensor result = cast(source.view(), DataType::kFloat64);
  const std::vector<double> want = {9007199254740992, 9007199254740996, -9007199254740992,
                                    9223372036854775808.0};
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(element_as_double(result.view(), i), want[static_cast<size_t>(i)]);
  }
  const HostTensor all_ones = HostTensor::make(DataType::kUInt64, {1}, [](std::span<std::byte> to) {
                                std::ranges::fill(to, std::byte{0xff});
                              }).value();
  result = cast(all_ones.view(), DataType::kFloat64);
  EXPECT_EQ(element_as_double(result.view(), 0), std::ldexp(1.0, 64));
}

TEST(Cast, TakesNaNForTrue) {
  EXPECT_EQ(cast_values(DataType::kFloat32, DataType::kBool, {kNaN, 0, -0.0, 0.25}),
            (std::vector<double>{1, 0, 0, 1}));
}

}  // namespace
}  // namespace tenon::internal
