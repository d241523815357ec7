#include "base/bytes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "testing/matchers.h"

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;
using testing::IsOkAndHolds;

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

TEST(ByteWriter, WritesLittleEndian) {
  ByteWriter writer;
  writer.write(uint32_t{0x01020304});
  writer.write(int16_t{-2});
  writer.write(1.0f);
  EXPECT_EQ(std::move(writer).take(), bytes({4, 3, 2, 1, 0xFE, 0xFF, 0, 0, 0x80, 0x3F}));
}

TEST(ByteWriter, AlignsWithZeros) {
  ByteWriter writer;
  writer.align(8);
  EXPECT_EQ(writer.size(), 0u);
  writer.write(uint8_t{9});
  writer.align(4);
  EXPECT_EQ(std::move(writer).take(), bytes({9, 0, 0, 0}));
}

TEST(ByteReader, ReadsBackWhatWasWritten) {
  ByteWriter writer;
  writer.write(int64_t{-5});
  writer.write(std::numeric_limits<double>::infinity());
  writer.write_varint(300);
  writer.write_string("text");
  writer.write_string("");
  writer.write_bytes(bytes({1, 2}));

  ByteReader reader(writer.bytes());
  EXPECT_THAT(reader.read<int64_t>(), IsOkAndHolds(-5));
  EXPECT_THAT(reader.read<double>(), IsOkAndHolds(std::numeric_limits<double>::infinity()));
  EXPECT_THAT(reader.read_varint(), IsOkAndHolds(300u));
  EXPECT_THAT(reader.read_string(), IsOkAndHolds("text"));
  EXPECT_THAT(reader.read_string(), IsOkAndHolds(""));
  EXPECT_THAT(reader.expect_end(), IsError(ErrorKind::kCorruptData, "2 bytes left over"));
  EXPECT_EQ(reader.remaining(), 2u);
  const auto rest = reader.read_bytes(2);
  ASSERT_THAT(rest, IsOk());
  EXPECT_EQ(rest->data(), writer.bytes().data() + writer.size() - 2) << "a view, not a copy";
  EXPECT_THAT(reader.expect_end(), IsOk());
}

TEST(ByteReader, RefusesToReadPastTheEnd) {
  ByteWriter writer;
  writer.write(uint16_t{7});
  writer.write_varint(1u << 20);
  writer.write_string("four");
  writer.write(3.0);
  const std::vector<std::byte> whole = std::move(writer).take();

  const auto read_all = [](ByteReader& reader) -> Status {
    if (auto r = reader.read<uint16_t>(); !r) return std::move(r).error();
    if (auto r = reader.read_varint(); !r) return std::move(r).error();
    if (auto r = reader.read_string(); !r) return std::move(r).error();
    if (auto r = reader.read<double>(); !r) return std::move(r).error();
    return reader.expect_end();
  };
  for (size_t length = 0; length < whole.size(); ++length) {
    // A copy of exactly that length, so that the address sanitizer sees what lies beyond.
    const std::vector<std::byte> part(whole.begin(), whole.begin() + static_cast<long>(length));
    ByteReader reader(part, "record");
    EXPECT_THAT(read_all(reader), IsError(ErrorKind::kCorruptData, "record: truncated at offset"))
        << length;
  }
  ByteReader reader(whole);
  EXPECT_THAT(read_all(reader), IsOk());
}

TEST(ByteReader, StaysWhereItWasAfterAnError) {
  const auto data = bytes({5, 'a', 'b'});
  ByteReader reader(data, "name");
  EXPECT_THAT(reader.read_string(), IsError(ErrorKind::kCorruptData,
                                            "name: truncated at offset 1: 5 bytes needed, 2 left"));
  EXPECT_EQ(reader.offset(), 0u);
  EXPECT_FALSE(reader.read<uint32_t>().ok());
  EXPECT_FALSE(reader.skip(4).ok());
  EXPECT_EQ(reader.offset(), 0u);
  EXPECT_THAT(reader.skip(3), IsOk());
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(ByteReader, RefusesLengthsThatDoNotFitMemory) {
  ByteWriter writer;
  writer.write_varint(std::numeric_limits<uint64_t>::max());
  ByteReader reader(writer.bytes());
  EXPECT_THAT(reader.read_string(), IsError(ErrorKind::kCorruptData, "18446744073709551615 bytes"));
  EXPECT_FALSE(reader.read_bytes(std::numeric_limits<uint64_t>::max()).ok());
}

TEST(ByteReader, ReadsVarintsOfEveryLength) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const uint64_t value : {uint64_t{1} << bit, (uint64_t{1} << bit) - 1}) {
      ByteWriter writer;
      writer.write_varint(value);
      ByteReader reader(writer.bytes());
      EXPECT_THAT(reader.read_varint(), IsOkAndHolds(value));
      EXPECT_THAT(reader.expect_end(), IsOk());
    }
  }
}

TEST(ByteReader, RefusesVarintsThatAreTooLongOrNotShortest) {
  const auto eleven = bytes({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1});
  EXPECT_THAT(ByteReader(eleven).read_varint(), IsError(ErrorKind::kCorruptData, "64 bits"));
  const auto bit_64 = bytes({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2});
  EXPECT_THAT(ByteReader(bit_64).read_varint(), IsError(ErrorKind::kCorruptData, "64 bits"));
  EXPECT_THAT(ByteReader(bytes({0x81, 0})).read_varint(),
              IsError(ErrorKind::kCorruptData, "shortest"));
  EXPECT_THAT(ByteReader(bytes({0})).read_varint(), IsOkAndHolds(0u));
}

}  // namespace
}  // namespace tenon::internal
