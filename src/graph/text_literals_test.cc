#include "graph/text_literals.h"

#include "base/data_types.h"
#include "testing/matchers.h"
#include "testing/random_tensor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;
using testing::random_tensor;

HostTensor of_bytes(DataType type, Shape shape, std::vector<uint8_t> bytes) {
  return HostTensor::make(type, std::move(shape),
                          [&](std::span<std::byte> to) {
                            ASSERT_EQ(to.size(), bytes.size());
                            std::memcpy(to.data(), bytes.data(), bytes.size());
                          })
      .value();
}

HostTensor of(DataType type, std::vector<double> values) {
  return HostTensor::of(type, {std::ssize(values)}, values).value();
}

// What the parser makes of constant_text().
Result<HostTensor> read_back(const HostTensor& tensor, std::string text) {
  if (text.starts_with("base64\"")) {
    return tensor_from_base64(tensor.type(), tensor.shape(), text.substr(7, text.size() - 8));
  }
  LiteralReader reader(tensor.type());
  std::string item;
  for (const char c : text.substr(1)) {
    if (c != ',' && c != ']') {
      if (c != ' ') item += c;
      continue;
    }
    if (!item.empty()) {
      const Status added = reader.add(item);
      if (!added.ok()) return added.error();
    }
    item.clear();
  }
  return std::move(reader).finish(tensor.shape());
}

TEST(ConstantText, IsShort) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(constant_text(of(DataType::kFloat32, {0.1, -0.0, 1e30, kInf, -kInf, kNan})),
            "[0.1, -0, 1e+30, inf, -inf, nan]");
  EXPECT_EQ(constant_text(of(DataType::kFloat64, {0.1})), "[0.1]");
  EXPECT_EQ(constant_text(of(DataType::kFloat16, {1.5, 65504})), "[1.5, 65504]");
  EXPECT_EQ(constant_text(of(DataType::kBool, {0, 1})), "[false, true]");
  EXPECT_EQ(constant_text(of(DataType::kInt4, {-8, 7, -1})), "[-8, 7, -1]");
  EXPECT_EQ(constant_text(of(DataType::kInt32, {})), "[]");
  EXPECT_EQ(constant_text(of(DataType::kUInt8, std::vector<double>(17, 0))),
            "base64\"AAAAAAAAAAAAAAAAAAAAAAA=\"");
}

TEST(ConstantText, KeepsIntegersBeyondDoubles) {
  const HostTensor wide =
      HostTensor::of_int64({2}, {{std::numeric_limits<int64_t>::min(), (1LL << 53) + 1}}).value();
  EXPECT_EQ(constant_text(wide), "[-9223372036854775808, 9007199254740993]");
  const HostTensor most = of_bytes(DataType::kUInt64, {}, std::vector<uint8_t>(8, 0xff));
  EXPECT_EQ(constant_text(most), "[18446744073709551615]");
}

TEST(ConstantText, FallsBackToBytesThatLiteralsCannotSay) {
  // A NaN with a payload, a bool that is neither 0 nor 1, and a padding nibble that is not 0.
  EXPECT_EQ(constant_text(of_bytes(DataType::kFloat32, {1}, {1, 0, 0xc0, 0x7f})),
            "base64\"AQDAfw==\"");
  EXPECT_EQ(constant_text(of_bytes(DataType::kBool, {1}, {2})), "base64\"Ag==\"");
  EXPECT_EQ(constant_text(of_bytes(DataType::kUInt4, {1}, {0x21})), "base64\"IQ==\"");
}

TEST(ConstantText, GivesBackTheBytesOfEveryType) {
  for (const DataType type : all_data_types()) {
    for (const int64_t count : {0, 1, 2, 3, 15, 16, 17, 100}) {
      const uint64_t seed = static_cast<uint64_t>(count) * 100 + static_cast<uint64_t>(type);
      SCOPED_TRACE(fmt::format("{}[{}], seed {}", to_string(type), count, seed));
      const HostTensor tensor = random_tensor(type, {count}, seed, -300, 300);
      const auto parsed = read_back(tensor, constant_text(tensor));
      ASSERT_THAT(parsed, IsOk());
      EXPECT_EQ(*parsed, tensor);
    }
  }
}

TEST(ConstantText, GivesBackEveryNarrowElement) {
  for (const DataType type : all_data_types()) {
    if (bits_of(type) > 16) continue;
    const int64_t count = 1 << std::max(8, bits_of(type));
    const auto width = static_cast<size_t>(bits_of(type) + 7) / 8;
    for (int64_t value = 0; value < count; ++value) {
      const HostTensor tensor = HostTensor::make(type, {1}, [&](std::span<std::byte> to) {
                                  std::memcpy(to.data(), &value, width);
                                }).value();
      const std::string text = constant_text(tensor);
      const auto parsed = read_back(tensor, text);
      ASSERT_THAT(parsed, IsOk()) << text;
      ASSERT_EQ(*parsed, tensor) << to_string(type) << " " << text;
    }
  }
}

TEST(LiteralReader, RefusesWhatIsNoElement) {
  const std::array<std::pair<DataType, std::string_view>, 9> wrong = {{
      {DataType::kInt8, "128"},
      {DataType::kUInt8, "-1"},
      {DataType::kInt4, "8"},
      {DataType::kInt32, "1.5"},
      {DataType::kInt32, "2147483648"},
      {DataType::kBool, "1"},
      {DataType::kFloat32, "1e99"},
      {DataType::kFloat32, "true"},
      {DataType::kUInt64, "-1"},
  }};
  for (const auto& [type, text] : wrong) {
    EXPECT_FALSE(LiteralReader(type).add(text).ok()) << to_string(type) << " " << text;
  }
}

TEST(LiteralReader, RefusesAnotherNumberOfElements) {
  LiteralReader reader(DataType::kInt8);
  ASSERT_THAT(reader.add("1"), IsOk());
  EXPECT_THAT(std::move(reader).finish({2}),
              IsError(ErrorKind::kInvalidArgument, "i8[2] has 2 elements, but the text gives 1"));
}

TEST(TensorFromBase64, RefusesAnotherNumberOfBytes) {
  EXPECT_THAT(tensor_from_base64(DataType::kFloat32, {2}, "AAAA"),
              IsError(ErrorKind::kInvalidArgument, "f32[2] has 8 bytes, but the text gives 3"));
  EXPECT_THAT(tensor_from_base64(DataType::kFloat32, {2}, "?AAA"),
              IsError(ErrorKind::kInvalidArgument, "offset 0"));
}

}  // namespace
}  // namespace tenon::internal
