#include "npy.h"

#include "base/bytes.h"
#include "base/data_types.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace tenon::cli {
namespace {

std::string npy_bytes(std::string_view header, std::string_view data = {}, char version = '\x01') {
  std::string bytes = "\x93NUMPY";
  bytes += version;
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xFFU);
  bytes += static_cast<char>(header.size() >> 8U);
  if (version > '\x01') bytes += std::string(2, '\0');
  return bytes + std::string(header) + std::string(data);
}

Result<Tensor> decode(std::string_view bytes) { return decode_npy(internal::bytes_of(bytes)); }

void expect_refused(std::string_view header, ErrorKind kind, std::string_view text) {
  const Result<Tensor> tensor = decode(npy_bytes(header, "12345678"));
  ASSERT_FALSE(tensor.ok()) << header;
  EXPECT_EQ(tensor.error().kind(), kind) << header;
  EXPECT_NE(tensor.error().message().find(text), std::string::npos) << tensor.error().message();
}

TEST(Npy, ReadsWhatNumPyWrites) {
  for (const char version : {'\x01', '\x02', '\x03'}) {
    const Result<Tensor> tensor =
        decode(npy_bytes("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2), }    \n",
                         std::string_view("\1\0\2\0\3\0\4\0", 8), version));
    ASSERT_TRUE(tensor.ok()) << tensor.error().message();
    EXPECT_EQ(tensor->type, DataType::kInt16);
    EXPECT_EQ(tensor->shape, (Shape{2, 2}));
    EXPECT_EQ(element_as_double(tensor->view(), 3), 4);
  }
}

TEST(Npy, ReadsFortranOrder) {
  const auto read = [](std::string_view shape, std::string_view data) {
    return decode(npy_bytes(
        "{'descr': '|u1', 'fortran_order': True, 'shape': " + std::string(shape) + ", }", data));
  };
  for (const auto& [shape, data, want] :
       {std::array<std::string_view, 3>{"(2, 3)", "adbecf", "abcdef"},
        {"(2, 2, 3)", "agdjbhekcifl", "abcdefghijkl"},
        {"(1, 3, 1)", "abc", "abc"},
        {"(3,)", "abc", "abc"},
        {"()", "a", "a"},
        {"(2, 0, 3)", "", ""}}) {
    const Result<Tensor> tensor = read(shape, data);
    ASSERT_TRUE(tensor.ok()) << tensor.error().message();
    EXPECT_EQ(
        std::string(reinterpret_cast<const char*>(tensor->bytes.data()), tensor->bytes.size()),
        want);
  }
  const Result<Tensor> wide =
      decode(npy_bytes("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 2), }",
                       std::string_view("\1\0\2\0\3\0\4\0", 8)));
  ASSERT_TRUE(wide.ok());
  EXPECT_EQ(element_as_double(wide->view(), 1), 3);
}

TEST(Npy, ReadsBackWhatItWrites) {
  for (const DataType type : internal::all_data_types()) {
    const double values[] = {0, 1, 1};
    const Tensor tensor = convert(ConstTensorView(values, DataType::kFloat64, {3, 1}), type);
    const Result<Tensor> again = decode_npy(encode_npy(tensor.view()));
    ASSERT_TRUE(again.ok()) << again.error().message();
    EXPECT_EQ(again->type, npy_type(type));
    EXPECT_EQ(again->shape, tensor.shape);
    EXPECT_EQ(again->bytes, convert(tensor.view(), npy_type(type)).bytes);
  }
}

TEST(Npy, RefusesHeadersThatEndBeforeAValue) {
  expect_refused("{'fortran_order': False, 'shape': (1,), 'descr':", ErrorKind::kUnsupported,
                 "little-endian");
  expect_refused("{'fortran_order': False, 'shape': (1,), 'descr': '<f8", ErrorKind::kUnsupported,
                 "little-endian");
  expect_refused("{'descr': '<f8', 'fortran_order': False, 'shape':", ErrorKind::kCorruptData,
                 "shape");
  expect_refused("{'descr': '<f8', 'fortran_order': False, 'shape': (1", ErrorKind::kCorruptData,
                 "shape");
}

TEST(Npy, RefusesHeadersThatLackAKey) {
  expect_refused("{'fortran_order': False, 'shape': (1,), }", ErrorKind::kCorruptData, "lacks");
  expect_refused("{'descr': '<f8', 'shape': (1,), }", ErrorKind::kCorruptData, "lacks");
  expect_refused("{'descr': '<f8', 'fortran_order': False, }", ErrorKind::kCorruptData, "lacks");
}

TEST(Npy, RefusesShapesThatAreNone) {
  for (const std::string_view shape : {"8", "(-1,)", "(x,)", "(1, 2", "(99999999999999999999,)"}) {
    expect_refused("{'descr': '<f8', 'fortran_order': False, 'shape': " + std::string(shape) + "}",
                   ErrorKind::kCorruptData, "shape");
  }
}

TEST(Npy, RefusesDataOfAnotherSize) {
  const std::string head = "{'descr': '<f8', 'fortran_order': False, 'shape': ";
  expect_refused(head + "(2,)}", ErrorKind::kCorruptData, "8 bytes of data");
  expect_refused(head + "(4294967296, 4294967296, 4294967296)}", ErrorKind::kCorruptData,
                 "8 bytes of data");
}

TEST(Npy, RefusesNumbersItCannotRead) {
  const std::string tail = ", 'fortran_order': False, 'shape': (1,), }";
  for (const std::string_view descr : {"'>f8'", "'<c8'", "'<f8x'", "[('a', '<f8')]", "''", "'"}) {
    expect_refused("{'descr': " + std::string(descr) + tail, ErrorKind::kUnsupported,
                   "little-endian");
  }
}

TEST(Npy, RefusesFilesThatAreCutShortOrOthers) {
  const std::string whole =
      npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", "12345678");
  ASSERT_TRUE(decode(whole).ok());
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode(std::string_view(whole).substr(0, length)).ok()) << length;
  }
  EXPECT_EQ(decode("GIF89a, and so on").error().kind(), ErrorKind::kCorruptData);
  EXPECT_EQ(decode(npy_bytes("{}", {}, '\x04')).error().kind(), ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace tenon::cli
