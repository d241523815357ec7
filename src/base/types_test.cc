#include <tenon/types.h>

#include "base/data_types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

namespace tenon {
namespace {

using internal::all_data_types;
using internal::is_floating;
using internal::is_integer;
using internal::is_signed;
using internal::parse_data_type;
using internal::set_element;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kMax64 = std::numeric_limits<int64_t>::max();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class T>
Tensor tensor_of(DataType type, const std::vector<T>& values) {
  Tensor tensor{type, {static_cast<int64_t>(values.size())}, {}};
  tensor.bytes.resize(values.size() * sizeof(T));
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

Tensor doubles(const std::vector<double>& values) { return tensor_of(DataType::kFloat64, values); }

std::vector<double> numbers(const Tensor& tensor) {
  std::vector<double> values;
  for (int64_t i = 0; i < element_count(tensor.shape); ++i) {
    values.push_back(element_as_double(tensor.view(), i));
  }
  return values;
}

TEST(DataTypes, NamesAreUniqueAndParseBack) {
  EXPECT_EQ(all_data_types().size(), 19);
  for (const DataType type : all_data_types()) {
    const auto parsed = parse_data_type(to_string(type));
    ASSERT_TRUE(parsed.ok()) << to_string(type);
    EXPECT_EQ(*parsed, type);
  }
  EXPECT_EQ(to_string(DataType::kFloat32), "f32");
  EXPECT_EQ(to_string(DataType::kBFloat16), "bf16");
  EXPECT_EQ(to_string(DataType::kFloat8E5M2FNUZ), "f8e5m2fnuz");
  EXPECT_EQ(to_string(DataType::kUInt64), "u64");
  EXPECT_EQ(to_string(DataType::kBool), "bool");
}

TEST(DataTypes, AnUnknownNameIsAnErrorThatHelps) {
  const auto near = parse_data_type("f23");
  ASSERT_FALSE(near.ok());
  EXPECT_EQ(near.error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_THAT(near.error().message(), HasSubstr("did you mean \"f32\""));
  const auto far = parse_data_type("something else");
  ASSERT_FALSE(far.ok());
  EXPECT_THAT(far.error().message(), HasSubstr("known are f32, f64"));
  EXPECT_FALSE(parse_data_type("undefined").ok());
}

TEST(DataTypes, ANumberThatIsNoTypeIsUndefined) {
  const auto bad = static_cast<DataType>(200);
  EXPECT_EQ(to_string(bad), "undefined");
  EXPECT_EQ(bits_of(bad), 0);
  EXPECT_EQ(bits_of(DataType::kUndefined), 0);
  EXPECT_FALSE(is_floating(bad) || is_integer(bad) || is_signed(bad));
}

TEST(DataTypes, ClassesFollowTheNames) {
  for (const DataType type : all_data_types()) {
    const std::string_view name = to_string(type);
    EXPECT_EQ(is_floating(type), name[0] == 'f' || name.starts_with("bf")) << name;
    EXPECT_EQ(is_integer(type), name[0] == 'i' || name[0] == 'u') << name;
    EXPECT_EQ(is_signed(type), is_floating(type) || name[0] == 'i') << name;
  }
}

TEST(Sizes, SaturateAndZeroWins) {
  const int64_t huge = int64_t{1} << 40;
  EXPECT_EQ(element_count(Shape{}), 1);
  EXPECT_EQ(element_count(Shape{2, 3, 4}), 24);
  EXPECT_EQ(element_count(Shape{huge, huge}), kMax64);
  EXPECT_EQ(element_count(Shape{huge, huge, 0}), 0);
  EXPECT_EQ(element_count(Shape{-1, 0}), kMax64);
  EXPECT_EQ(byte_size(DataType::kFloat64, Shape{kMax64 / 4}), kMax64);
  EXPECT_EQ(byte_size(DataType::kFloat32, Shape{5, 2}), 40);
  EXPECT_EQ(byte_size(DataType::kUndefined, Shape{5}), 0);
}

TEST(Sizes, FourBitTypesRoundUp) {
  EXPECT_EQ(byte_size(DataType::kInt4, Shape{}), 1);
  EXPECT_EQ(byte_size(DataType::kUInt4, Shape{3, 3}), 5);
  EXPECT_EQ(byte_size(DataType::kUInt4, Shape{4}), 2);
  EXPECT_EQ(byte_size(DataType::kUInt4, Shape{0}), 0);
  EXPECT_EQ(byte_size(DataType::kInt4, Shape{kMax64}), kMax64 / 2 + 1);
}

TEST(Text, ShapesAndTensorInfos) {
  EXPECT_EQ(to_string(Shape{1, 3, 224}), "[1,3,224]");
  EXPECT_EQ(to_string(Shape{}), "[]");
  const TensorInfo info{"x", DataType::kFloat32, {{-1, "N"}, {3, "3"}, {-1, ""}, {7, ""}}};
  EXPECT_EQ(to_string(info), "f32[N,3,?,7]");
  EXPECT_EQ(to_string(MemoryKind::kWeights), "weights");
  EXPECT_EQ(to_string(MemoryKind::kForeign), "foreign");
}

TEST(Convert, SmallWholeNumbersSurviveEveryPairOfTypes) {
  for (const DataType from : all_data_types()) {
    const bool boolean = from == DataType::kBool;
    const std::vector<double> values =
        boolean ? std::vector<double>{0, 1, 1, 0, 1} : std::vector<double>{0, 1, 7, 2, 5};
    const Tensor source = convert(doubles(values).view(), from);
    EXPECT_EQ(numbers(source), values) << to_string(from);
    for (const DataType to : all_data_types()) {
      std::vector<double> expected = values;
      if (to == DataType::kBool) {
        std::ranges::replace_if(
            expected, [](double x) { return x != 0; }, 1.0);
      }
      const Tensor result = convert(source.view(), to);
      EXPECT_EQ(result.type, to);
      EXPECT_EQ(result.shape, source.shape);
      EXPECT_EQ(numbers(result), expected) << to_string(from) << " to " << to_string(to);
    }
  }
}

TEST(Convert, NegativeNumbersSurviveEveryPairOfSignedTypes) {
  for (const DataType from : all_data_types()) {
    for (const DataType to : all_data_types()) {
      if (!is_signed(from) || !is_signed(to)) continue;
      const Tensor source = convert(doubles({-8, -1, 5}).view(), from);
      EXPECT_THAT(numbers(convert(source.view(), to)), ElementsAre(-8, -1, 5))
          << to_string(from) << " to " << to_string(to);
    }
  }
}

TEST(Convert, LongTensorsAreConvertedInFull) {
  std::vector<int16_t> values(1000);
  std::iota(values.begin(), values.end(), int16_t{-500});
  const Tensor source = tensor_of(DataType::kInt16, values);
  const Tensor floats = convert(source.view(), DataType::kFloat32);
  EXPECT_EQ(element_as_double(floats.view(), 999), 499);
  EXPECT_EQ(convert(floats.view(), DataType::kInt16).bytes, source.bytes);
}

TEST(Convert, IntegersWrapAround) {
  const Tensor source = tensor_of<int16_t>(DataType::kInt16, {200, -129, 255, -1});
  EXPECT_THAT(numbers(convert(source.view(), DataType::kInt8)), ElementsAre(-56, 127, -1, -1));
  EXPECT_THAT(numbers(convert(source.view(), DataType::kUInt4)), ElementsAre(8, 15, 15, 15));
  EXPECT_THAT(numbers(convert(source.view(), DataType::kUInt64)),
              ElementsAre(200, std::ldexp(1, 64), 255, std::ldexp(1, 64)));
}

TEST(Convert, FloatsAreTruncatedAndSaturate) {
  const Tensor source = doubles({1.9, -1.9, 200.7, -0.5, 4294967297.0, -std::ldexp(1, 63)});
  EXPECT_THAT(numbers(convert(source.view(), DataType::kInt8)),
              ElementsAre(1, -1, 127, 0, 127, -128));
  EXPECT_THAT(numbers(convert(source.view(), DataType::kUInt4)), ElementsAre(1, 0, 15, 0, 15, 0));
  EXPECT_THAT(numbers(convert(source.view(), DataType::kInt64)),
              ElementsAre(1, -1, 200, 0, 4294967297.0, -std::ldexp(1, 63)));
  const Tensor beyond = doubles({std::ldexp(1, 64) + 4096, std::ldexp(1, 63), kNaN, -kInfinity});
  EXPECT_THAT(numbers(convert(beyond.view(), DataType::kUInt64)),
              ElementsAre(std::ldexp(1, 64), std::ldexp(1, 63), 0, 0));
}

TEST(Convert, TruthIsBeingUnequalToZero) {
  const Tensor source = doubles({0.0, -0.0, 0.25, kNaN, -3});
  EXPECT_THAT(numbers(convert(source.view(), DataType::kBool)), ElementsAre(0, 0, 1, 1, 1));
  const Tensor wide = tensor_of<int32_t>(DataType::kInt32, {256, 0});
  EXPECT_THAT(numbers(convert(wide.view(), DataType::kBool)), ElementsAre(1, 0));
  const Tensor sloppy = tensor_of<uint8_t>(DataType::kBool, {2});
  EXPECT_THAT(numbers(convert(sloppy.view(), DataType::kInt32)), ElementsAre(1));
}

TEST(Convert, NarrowFloatsRoundAndFp8Saturates) {
  const Tensor source = doubles({1e6, -kInfinity, 65519, 1.0625});
  EXPECT_THAT(numbers(convert(source.view(), DataType::kFloat8E4M3FN)),
              ElementsAre(448, -448, 448, 1));
  EXPECT_THAT(numbers(convert(source.view(), DataType::kFloat8E5M2FNUZ)),
              ElementsAre(57344, -57344, 57344, 1));
  EXPECT_THAT(numbers(convert(source.view(), DataType::kFloat16)),
              ElementsAre(kInfinity, -kInfinity, 65504, 1.0625));
}

TEST(Convert, LargeIntegersReachFloatsWithOneRounding) {
  const int64_t above_tie = (int64_t{1} << 62) + (int64_t{1} << 38) + 1;
  const Tensor source = tensor_of<int64_t>(DataType::kInt64, {above_tie});
  EXPECT_THAT(numbers(convert(source.view(), DataType::kFloat32)),
              ElementsAre(std::ldexp(1, 62) + std::ldexp(1, 39)));
}

TEST(Convert, TheSameTypeIsACopyOfTheBits) {
  const Tensor source = tensor_of<uint16_t>(DataType::kFloat16, {0x7C01, 0xFFFF, 0x8000});
  EXPECT_EQ(convert(source.view(), DataType::kFloat16).bytes, source.bytes);
  EXPECT_TRUE(convert(source.view(), DataType::kUndefined).bytes.empty());
}

TEST(Convert, ReadsUnalignedElements) {
  std::vector<std::byte> storage(1 + 2 * sizeof(int64_t));
  const int64_t values[] = {-7, int64_t{1} << 40};
  std::memcpy(storage.data() + 1, values, sizeof(values));
  const ConstTensorView view(storage.data() + 1, DataType::kInt64, {2});
  EXPECT_EQ(element_as_double(view, 1), std::ldexp(1, 40));
  EXPECT_THAT(numbers(convert(view, DataType::kFloat32)), ElementsAre(-7, std::ldexp(1, 40)));
}

TEST(Convert, AnEmptyTensorStaysEmpty) {
  const Tensor source{DataType::kFloat32, {3, 0}, {}};
  const Tensor result = convert(source.view(), DataType::kInt64);
  EXPECT_EQ(result.shape, (Shape{3, 0}));
  EXPECT_TRUE(result.bytes.empty());
}

TEST(SetElement, WritesOneElementOfEveryType) {
  for (const DataType type : all_data_types()) {
    Tensor tensor = convert(doubles({1, 1, 1}).view(), type);
    set_element(tensor.view(), 1, 0.0);
    EXPECT_THAT(numbers(tensor), ElementsAre(1, 0, 1)) << to_string(type);
    set_element(tensor.view(), 1, 1.0);
    EXPECT_THAT(numbers(tensor), ElementsAre(1, 1, 1)) << to_string(type);
  }
}

TEST(SetElement, RoundsAsConvertDoes) {
  Tensor tensor = convert(doubles({0}).view(), DataType::kInt8);
  set_element(tensor.view(), 0, 200.7);
  EXPECT_THAT(numbers(tensor), ElementsAre(127));
  tensor = convert(doubles({0}).view(), DataType::kFloat8E4M3FN);
  set_element(tensor.view(), 0, 1e9);
  EXPECT_THAT(numbers(tensor), ElementsAre(448));
}

}  // namespace
}  // namespace tenon
