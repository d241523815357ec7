#include "onnx/tensor_reader.h"

#include "onnx/import.h"
#include "testing/matchers.h"
#include "testing/onnx_writer.h"
#include "testing/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

// A TensorProto whose elements `add` writes to typed fields.
template <class Add>
Bytes typed_tensor(int32_t type, std::vector<int64_t> dims, Add&& add) {
  Bytes message;
  protozero::pbf_writer writer(message);
  // Not packed, as proto2 writes them.
  for (const int64_t dim : dims) writer.add_int64(1, dim);
  writer.add_int32(2, type);
  add(writer);
  return message;
}

Result<HostTensor> read(const Bytes& message) {
  return read_tensor_proto(onnx_bytes(message), nullptr);
}

template <class T>
std::vector<T> elements(const HostTensor& tensor) {
  return {tensor.as<T>().begin(), tensor.as<T>().end()};
}

TEST(ReadTensor, KnowsEveryTypeOfRawData) {
  struct Case {
    int32_t onnx;
    DataType type;
    size_t bytes_of_three;
  };
  const Case cases[] = {
      {1, DataType::kFloat32, 12},
      {2, DataType::kUInt8, 3},
      {3, DataType::kInt8, 3},
      {4, DataType::kUInt16, 6},
      {5, DataType::kInt16, 6},
      {6, DataType::kInt32, 12},
      {7, DataType::kInt64, 24},
      {9, DataType::kBool, 3},
      {10, DataType::kFloat16, 6},
      {11, DataType::kFloat64, 24},
      {12, DataType::kUInt32, 12},
      {13, DataType::kUInt64, 24},
      {16, DataType::kBFloat16, 6},
      {17, DataType::kFloat8E4M3FN, 3},
      {18, DataType::kFloat8E4M3FNUZ, 3},
      {19, DataType::kFloat8E5M2, 3},
      {20, DataType::kFloat8E5M2FNUZ, 3},
      {21, DataType::kUInt4, 2},
      {22, DataType::kInt4, 2},
  };
  for (const Case& one : cases) {
    std::string raw(one.bytes_of_three, '\0');
    for (size_t i = 0; i < raw.size(); ++i) raw[i] = static_cast<char>(i % 2);
    const Bytes message = onnx_tensor("t", one.onnx, {3}, raw);
    const Result<HostTensor> tensor = read(message);
    ASSERT_THAT(tensor, IsOk()) << one.onnx;
    EXPECT_EQ(tensor->type(), one.type);
    EXPECT_THAT(tensor->shape(), ElementsAre(3));
    EXPECT_THAT(tensor->bytes(), ElementsAreArray(onnx_bytes(raw)));
    EXPECT_THAT(read(onnx_tensor("t", one.onnx, {3}, raw + "x")),
                IsError(ErrorKind::kCorruptData, "bytes for a tensor"));
  }
}

TEST(ReadTensor, ReadsFloatData) {
  const std::vector<float> values = {1.5F, -2.0F};
  const Bytes packed = typed_tensor(
      1, {2}, [&](auto& writer) { writer.add_packed_float(4, values.begin(), values.end()); });
  EXPECT_EQ(elements<float>(read(packed).value()), values);
  const Bytes single = typed_tensor(1, {2}, [&](auto& writer) {
    for (const float value : values) writer.add_float(4, value);
  });
  EXPECT_EQ(elements<float>(read(single).value()), values);
  const std::vector<double> doubles = {0.1, -3.0};
  const Bytes wide = typed_tensor(11, {2}, [&](auto& writer) {
    writer.add_packed_double(10, doubles.begin(), doubles.begin() + 1);
    writer.add_double(10, doubles[1]);
  });
  EXPECT_EQ(elements<double>(read(wide).value()), doubles);
}

TEST(ReadTensor, ReadsIntegerData) {
  const std::vector<int64_t> longs = {-1, std::numeric_limits<int64_t>::min(), 5};
  const Bytes i64 = typed_tensor(
      7, {3}, [&](auto& writer) { writer.add_packed_int64(7, longs.begin(), longs.end()); });
  EXPECT_EQ(elements<int64_t>(read(i64).value()), longs);
  const Bytes u64 = typed_tensor(13, {1}, [](auto& writer) { writer.add_uint64(11, UINT64_MAX); });
  EXPECT_EQ(elements<uint64_t>(read(u64).value()), std::vector<uint64_t>{UINT64_MAX});
  const Bytes u32 = typed_tensor(12, {1}, [](auto& writer) { writer.add_uint64(11, UINT32_MAX); });
  EXPECT_EQ(elements<uint32_t>(read(u32).value()), std::vector<uint32_t>{UINT32_MAX});
  const std::vector<int32_t> ints = {-7, 3};
  const auto in_int32_data = [&](int32_t type) {
    return read(typed_tensor(
                    type, {2},
                    [&](auto& writer) { writer.add_packed_int32(5, ints.begin(), ints.end()); }))
        .value();
  };
  EXPECT_THAT(elements<int32_t>(in_int32_data(6)), ElementsAre(-7, 3));
  EXPECT_THAT(elements<int16_t>(in_int32_data(5)), ElementsAre(-7, 3));
  EXPECT_THAT(elements<int8_t>(in_int32_data(3)), ElementsAre(-7, 3));
  EXPECT_THAT(elements<uint8_t>(in_int32_data(9)), ElementsAre(1, 1)) << "bool";
  const Bytes half = typed_tensor(10, {1}, [](auto& writer) { writer.add_int32(5, 0x3C00); });
  EXPECT_THAT(elements<uint16_t>(read(half).value()), ElementsAre(0x3C00));
  const Bytes fp8 = typed_tensor(17, {1}, [](auto& writer) { writer.add_int32(5, 0x38); });
  EXPECT_THAT(elements<uint8_t>(read(fp8).value()), ElementsAre(0x38));
}

TEST(ReadTensor, ReadsFourBitElementsTwoToANumber) {
  const Bytes int4 = typed_tensor(22, {3}, [](auto& writer) {
    writer.add_int32(5, 0x21);
    writer.add_int32(5, 0x03);
  });
  const HostTensor tensor = read(int4).value();
  EXPECT_THAT(elements<uint8_t>(tensor), ElementsAre(0x21, 0x03));
  EXPECT_EQ(element_as_double(tensor.view(), 1), 2);
}

TEST(ReadTensor, ViewsAlignedRawDataAndCopiesTheRest) {
  const Bytes message = onnx_floats("w", {2}, {1, 2});
  // Two copies of the message one byte apart: at most one has aligned data.
  int views = 0;
  for (size_t shift = 0; shift < 4; ++shift) {
    const auto buffer = std::make_shared<std::string>(std::string(shift, ' ') + message);
    const std::span<const std::byte> bytes = onnx_bytes(*buffer).subspan(shift);
    const Result<HostTensor> tensor = read_tensor_proto(bytes, buffer);
    ASSERT_THAT(tensor, IsOk());
    EXPECT_THAT(elements<float>(*tensor), ElementsAre(1, 2));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor->bytes().data()) % sizeof(float), 0U);
    const bool is_view = tensor->bytes().data() >= bytes.data() &&
                         tensor->bytes().data() < bytes.data() + bytes.size();
    EXPECT_EQ(buffer.use_count() > 1, is_view);
    views += is_view ? 1 : 0;
  }
  EXPECT_EQ(views, 1);
}

TEST(ReadTensor, ChecksTheCountBeforeItAllocates) {
  const int64_t huge = int64_t{1} << 62;
  EXPECT_THAT(read(onnx_tensor("t", 1, {huge, huge}, "1234")),
              IsError(ErrorKind::kCorruptData, "its elements are 4 bytes for a tensor"));
  const auto one_number = [](auto& writer) { writer.add_float(4, 1); };
  EXPECT_THAT(read(typed_tensor(1, {huge, 4}, one_number)),
              IsError(ErrorKind::kCorruptData, "its elements are 1 number for a tensor"));
  EXPECT_THAT(read(typed_tensor(1, {1, -1}, one_number)),
              IsError(ErrorKind::kCorruptData, "[1,-1]"));
  EXPECT_THAT(read(typed_tensor(1, {2}, one_number)),
              IsError(ErrorKind::kCorruptData, "its elements are 1 number for a tensor"));
}

TEST(ReadTensor, TakesEmptyTensors) {
  const HostTensor tensor = read(onnx_floats("t", {2, 0}, {})).value();
  EXPECT_EQ(tensor.elements(), 0);
  EXPECT_THAT(read(typed_tensor(7, {0}, [](auto&) {})), IsOk());
}

TEST(ReadTensor, RefusesMalformedNumbers) {
  const auto with_bytes = [](int32_t type, uint32_t field, const std::string& bytes) {
    return read(typed_tensor(type, {1}, [&](auto& writer) { writer.add_bytes(field, bytes); }));
  };
  EXPECT_THAT(with_bytes(1, 4, "12345"), IsError(ErrorKind::kCorruptData, "in TensorProto"));
  EXPECT_THAT(with_bytes(7, 7, "\x01\xff"), IsError(ErrorKind::kCorruptData, "in TensorProto"));
  EXPECT_THAT(with_bytes(7, 7, std::string(12, '\xff') + '\x01'),
              IsError(ErrorKind::kCorruptData, "in TensorProto"));
}

TEST(ReadTensor, NamesTypesThatAreNotSupported) {
  EXPECT_THAT(read(onnx_tensor("names", 8, {1}, "x")), IsError(ErrorKind::kUnsupported, "STRING"));
  EXPECT_THAT(read(onnx_tensor("names", 8, {1}, "x")),
              IsError(ErrorKind::kUnsupported, "\"names\""));
  EXPECT_THAT(read(onnx_tensor("t", 14, {1}, "12345678")),
              IsError(ErrorKind::kUnsupported, "COMPLEX64"));
  EXPECT_THAT(read(onnx_tensor("t", 99, {1}, "x")), IsError(ErrorKind::kCorruptData, "99"));
  EXPECT_THAT(read(onnx_tensor("t", 0, {1}, "x")), IsError(ErrorKind::kCorruptData, "0"));
}

TEST(ReadTensor, ReadsNoOtherFiles) {
  EXPECT_THAT(read(onnx_external_tensor("w", kOnnxFloat, {2}, {{"location", "weights.bin"}})),
              IsError(ErrorKind::kUnsupported, "\"w\" lie in another file"));
}

class ExternalDataTest : public ::testing::Test {
 protected:
  using Entries = std::vector<std::pair<std::string, std::string>>;

  Result<HostTensor> read(const Entries& entries) {
    const Bytes message = onnx_external_tensor("w", kOnnxFloat, {2}, entries);
    const TensorProto proto = read_tensor_message(onnx_bytes(message)).value();
    return read_tensor(proto, nullptr, files_);
  }

  TempFolder folder_;
  ExternalFiles files_{folder_.path() / "model"};
  std::filesystem::path weights_ =
      folder_.write("model/weights.bin", raw_bytes<float>({0, 1, 2, 3}));
};

TEST_F(ExternalDataTest, ViewsTheMappedFile) {
  const Result<HostTensor> tensor =
      read({{"location", "weights.bin"}, {"offset", "8"}, {"length", "8"}});
  ASSERT_THAT(tensor, IsOk());
  EXPECT_THAT(elements<float>(*tensor), ElementsAre(2, 3));
  const std::shared_ptr<const MappedFile> file = files_.open("weights.bin").value();
  EXPECT_EQ(tensor->bytes().data(), file->bytes().data() + 8);
}

TEST_F(ExternalDataTest, TakesOffsetAndLengthAsGivenByTheTensor) {
  EXPECT_THAT(elements<float>(read({{"location", "weights.bin"}}).value()), ElementsAre(0, 1));
  EXPECT_THAT(read({{"location", "weights.bin"}, {"length", "4"}}),
              IsError(ErrorKind::kCorruptData, "its external data has 4 bytes"));
  EXPECT_THAT(read({{"location", "weights.bin"}, {"offset", "-8"}}),
              IsError(ErrorKind::kCorruptData, "no number"));
  EXPECT_THAT(read({{"offset", "0"}}), IsError(ErrorKind::kCorruptData, "no location"));
}

TEST_F(ExternalDataTest, CopiesWhereTheOffsetIsNotAligned) {
  const Result<HostTensor> tensor = read({{"location", "weights.bin"}, {"offset", "1"}});
  ASSERT_THAT(tensor, IsOk());
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor->bytes().data()) % sizeof(float), 0U);
}

TEST_F(ExternalDataTest, StaysInsideOfTheFile) {
  for (const char* offset : {"9", "16", "17", "18446744073709551615"}) {
    EXPECT_THAT(read({{"location", "weights.bin"}, {"offset", offset}}),
                IsError(ErrorKind::kCorruptData, "ends at 16"))
        << offset;
  }
}

TEST_F(ExternalDataTest, StaysInsideOfTheFolder) {
  folder_.write("secret.bin", raw_bytes<float>({0, 1}));
  std::filesystem::create_symlink(folder_ / "secret.bin", folder_ / "model/link.bin");
  const std::string absolute = (folder_ / "secret.bin").string();
  for (const std::string& path : {std::string("../secret.bin"), absolute, std::string("link.bin"),
                                  std::string("a/../../secret.bin")}) {
    EXPECT_THAT(read({{"location", path}}), IsError(ErrorKind::kInvalidArgument, "")) << path;
  }
}

TEST_F(ExternalDataTest, NamesAMissingFile) {
  EXPECT_THAT(read({{"location", "other.bin"}}), IsError(ErrorKind::kNotFound, "other.bin"));
}

TEST_F(ExternalDataTest, AsksForAFolder) {
  files_ = ExternalFiles(std::filesystem::path());
  EXPECT_THAT(read({{"location", "weights.bin"}}),
              IsError(ErrorKind::kInvalidArgument, "external_data_folder"));
}

}  // namespace
}  // namespace tenon::internal
