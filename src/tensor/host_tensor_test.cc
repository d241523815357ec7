#include "tensor/host_tensor.h"

#include "testing/matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <memory>
#include <numeric>

namespace tenon::internal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using testing::IsError;
using testing::IsOk;
using testing::IsOkAndHolds;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

std::span<const std::byte> bytes_of(const std::vector<float>& values) {
  return std::as_bytes(std::span(values));
}

TEST(HostTensor, ADefaultOneIsUndefined) {
  const HostTensor tensor;
  EXPECT_EQ(tensor.type(), DataType::kUndefined);
  EXPECT_EQ(tensor.elements(), 0);
  EXPECT_TRUE(tensor.bytes().empty());
}

TEST(HostTensor, AViewKeepsItsOwnerAndCopiesNothing) {
  auto owner = std::make_shared<const std::vector<float>>(std::vector<float>{1, 2, 3, 4, 5, 6});
  const std::weak_ptr<const void> watch = owner;
  const float* data = owner->data();
  auto tensor = HostTensor::view(DataType::kFloat32, {2, 3}, bytes_of(*owner), owner);
  owner.reset();
  ASSERT_THAT(tensor, IsOk());
  EXPECT_FALSE(watch.expired());
  EXPECT_EQ(tensor->as<float>().data(), data);
  EXPECT_EQ(tensor->elements(), 6);
  EXPECT_THAT(tensor->as<float>(), ElementsAre(1, 2, 3, 4, 5, 6));
  const HostTensor copy = *tensor;
  tensor = HostTensor();
  EXPECT_EQ(copy.view().data, data);
  EXPECT_FALSE(watch.expired());
}

TEST(HostTensor, AMisalignedViewIsACopy) {
  auto owner = std::make_shared<std::array<std::byte, 9>>();
  owner->fill(std::byte{0});
  (*owner)[8] = std::byte{1};
  const std::span<const std::byte> bytes = *owner;
  const auto tensor = HostTensor::view(DataType::kInt64, {1}, bytes.subspan(1), owner);
  ASSERT_THAT(tensor, IsOk());
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor->bytes().data()) % sizeof(int64_t), 0);
  EXPECT_THAT(tensor->as<int64_t>(), ElementsAre(int64_t{1} << 56));
}

TEST(HostTensor, AViewOfAnotherSizeIsCorrupt) {
  const std::vector<float> values(6);
  EXPECT_THAT(HostTensor::view(DataType::kFloat32, {2, 2}, bytes_of(values), nullptr),
              IsError(ErrorKind::kCorruptData, "f32[2,2] takes 16 bytes, not 24"));
  EXPECT_THAT(HostTensor::view(DataType::kFloat32, {7}, bytes_of(values), nullptr),
              IsError(ErrorKind::kCorruptData, "takes 28 bytes"));
}

TEST(HostTensor, RefusesShapesThatCannotBe) {
  EXPECT_THAT(HostTensor::make(DataType::kFloat32, {2, -1}),
              IsError(ErrorKind::kInvalidArgument, "[2,-1]: a dimension is negative"));
  EXPECT_THAT(HostTensor::make(DataType::kFloat32, {0, -1}),
              IsError(ErrorKind::kInvalidArgument, "negative"));
  EXPECT_THAT(HostTensor::make(DataType::kFloat32, {int64_t{1} << 40, int64_t{1} << 40}),
              IsError(ErrorKind::kInvalidArgument, "too large"));
  EXPECT_THAT(HostTensor::make(DataType::kUndefined, {1}),
              IsError(ErrorKind::kInvalidArgument, "element type"));
  EXPECT_THAT(HostTensor::make(static_cast<DataType>(99), {1}),
              IsError(ErrorKind::kInvalidArgument, "element type"));
}

TEST(HostTensor, ReportsThatMemoryRanOut) {
  if (kSanitized) GTEST_SKIP() << "sanitizers end the process instead";
  EXPECT_THAT(HostTensor::make(DataType::kInt8, {int64_t{1} << 60}),
              IsError(ErrorKind::kOutOfMemory, "i8[1152921504606846976]"));
}

TEST(HostTensor, IsMadeOfZerosUnlessFilled) {
  const auto zeros = HostTensor::make(DataType::kInt32, {2, 2});
  ASSERT_THAT(zeros, IsOk());
  EXPECT_THAT(zeros->as<int32_t>(), ElementsAre(0, 0, 0, 0));
  const auto filled = HostTensor::make(DataType::kUInt8, {3}, [](std::span<std::byte> bytes) {
    std::fill(bytes.begin(), bytes.end(), std::byte{7});
  });
  ASSERT_THAT(filled, IsOk());
  EXPECT_THAT(filled->as<uint8_t>(), Each(7));
}

TEST(HostTensor, EmptyTensorsAndScalarsExist) {
  const auto empty = HostTensor::make(DataType::kFloat32, {3, 0, 2});
  ASSERT_THAT(empty, IsOk());
  EXPECT_EQ(empty->elements(), 0);
  EXPECT_TRUE(empty->bytes().empty());
  const auto scalar = HostTensor::of(DataType::kFloat32, {}, std::array{2.5});
  ASSERT_THAT(scalar, IsOk());
  EXPECT_EQ(scalar->elements(), 1);
  EXPECT_THAT(scalar->as<float>(), ElementsAre(2.5F));
  EXPECT_THAT(HostTensor::view(DataType::kFloat32, {0}, {}, nullptr), IsOk());
}

TEST(HostTensor, ConvertsNumbersToItsType) {
  const auto halves = HostTensor::of(DataType::kFloat16, {2}, std::array{1.0, -2.0});
  ASSERT_THAT(halves, IsOk());
  EXPECT_THAT(halves->as<uint16_t>(), ElementsAre(0x3C00, 0xC000));
  const auto nibbles = HostTensor::of(DataType::kInt4, {3}, std::array{1.0, -1.0, 7.0});
  ASSERT_THAT(nibbles, IsOk());
  EXPECT_THAT(nibbles->as<uint8_t>(), ElementsAre(0xF1, 0x07));
  const auto integers = HostTensor::of_int64({1, 2}, std::array<int64_t, 2>{5, -6});
  ASSERT_THAT(integers, IsOk());
  EXPECT_THAT(integers->as<int64_t>(), ElementsAre(5, -6));
}

TEST(HostTensor, RefusesAnotherNumberOfValues) {
  EXPECT_THAT(HostTensor::of(DataType::kFloat32, {2, 2}, std::array{1.0}),
              IsError(ErrorKind::kInvalidArgument, "is not made of 1 element"));
  EXPECT_THAT(HostTensor::of_int64({0}, std::array<int64_t, 1>{5}),
              IsError(ErrorKind::kInvalidArgument, "is not made of 1 element"));
  EXPECT_THAT(HostTensor::of(DataType::kUndefined, {1}, std::array{1.0}),
              IsError(ErrorKind::kInvalidArgument, "element type"));
}

TEST(HostTensor, EqualityIsOfTypeShapeAndBytes) {
  const auto make = [](DataType type, Shape shape, double first) {
    return HostTensor::of(type, std::move(shape), std::array{first, 0.0}).value();
  };
  const HostTensor tensor = make(DataType::kInt32, {2}, 1);
  EXPECT_EQ(tensor, make(DataType::kInt32, {2}, 1));
  EXPECT_NE(tensor, make(DataType::kInt32, {2}, 2));
  EXPECT_NE(tensor, make(DataType::kInt32, {1, 2}, 1));
  EXPECT_NE(tensor, make(DataType::kUInt32, {2}, 1));
}

TEST(HostTensor, InfoHoldsTheElementsOfSmallIntegerTensors) {
  const auto axes = HostTensor::of(DataType::kInt32, {3}, std::array{1.0, -1.0, 4.0});
  ASSERT_THAT(axes, IsOk());
  const ValueInfo info = axes->info();
  EXPECT_EQ(info.type, DataType::kInt32);
  EXPECT_EQ(info.shape, SymbolicShape{3});
  EXPECT_EQ(info.elements, (std::vector<Dim>{1, -1, 4}));
  EXPECT_EQ(HostTensor::of(DataType::kBool, {}, std::array{1.0})->info().elements,
            std::vector<Dim>{1});
  EXPECT_FALSE(HostTensor::of(DataType::kFloat32, {}, std::array{1.0})->info().elements);
  EXPECT_TRUE(HostTensor::make(DataType::kInt8, {kMaxKnownElements})->info().elements);
  EXPECT_FALSE(HostTensor::make(DataType::kInt8, {kMaxKnownElements + 1})->info().elements);
}

TEST(ToInt64s, ReadsIntegersOfAnyWidthAndBool) {
  for (const DataType type :
       {DataType::kInt4, DataType::kInt8, DataType::kInt16, DataType::kInt32, DataType::kInt64}) {
    const auto tensor = HostTensor::of(type, {3}, std::array{-8.0, 0.0, 7.0});
    EXPECT_THAT(to_int64s(tensor->view()), IsOkAndHolds(ElementsAre(-8, 0, 7)));
  }
  const auto truth = HostTensor::of(DataType::kBool, {2}, std::array{0.0, 1.0});
  EXPECT_THAT(to_int64s(truth->view()), IsOkAndHolds(ElementsAre(0, 1)));
  EXPECT_THAT(to_int64s(HostTensor::make(DataType::kInt64, {0})->view()),
              IsOkAndHolds(ElementsAre()));
}

TEST(ToInt64s, RefusesOtherTypesAndWhatDoesNotFit) {
  EXPECT_THAT(to_int64s(HostTensor::make(DataType::kFloat32, {1})->view()),
              IsError(ErrorKind::kInvalidArgument, "a tensor of f32"));
  EXPECT_THAT(to_int64s(ConstTensorView()), IsError(ErrorKind::kInvalidArgument, "undefined"));
  const auto large = HostTensor::make(
      DataType::kUInt64, {1}, [](std::span<std::byte> bytes) { bytes[7] = std::byte{0x80}; });
  ASSERT_THAT(large, IsOk());
  EXPECT_THAT(to_int64s(large->view()), IsError(ErrorKind::kInvalidArgument, "beyond 2^63 - 1"));
  EXPECT_FALSE(large->info().elements);
}

}  // namespace
}  // namespace tenon::internal
