#include "base/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace tenon::internal {
namespace {

std::vector<std::byte> some_bytes(size_t size) {
  std::vector<std::byte> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 37 + i / 256);
  return bytes;
}

// File formats hold these hashes, so their values may never change.
TEST(Hash, IsXxh3) {
  EXPECT_EQ(hash64({}), 0x2d06800538d394c2u);
  EXPECT_EQ(to_hex(hash128({})), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hash64(bytes_of(std::string_view("abc"))), 0x78af5f94892f3950u);
  EXPECT_EQ(to_hex(hash128(bytes_of(std::string_view("abc")))), "06b05ab6733a618578af5f94892f3950");
}

TEST(Hash, DiffersForEveryFlippedBit) {
  std::vector<std::byte> bytes = some_bytes(64);
  const uint64_t before = hash64(bytes);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_NE(hash64(bytes), before) << bit;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
  }
}

TEST(Hasher, GivesTheSameHashesHoweverTheBytesAreCut) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (const size_t size :
       {0u, 1u, 3u, 16u, 17u, 128u, 129u, 240u, 241u, 255u, 256u, 257u, 1024u, 5000u}) {
    const std::vector<std::byte> bytes = some_bytes(size);
    Hasher hasher;
    for (size_t at = 0; at < size;) {
      const size_t length = std::min<size_t>(random() % 300, size - at);
      hasher.update(std::span(bytes).subspan(at, length));
      at += length;
    }
    EXPECT_EQ(hasher.digest64(), hash64(bytes)) << size;
    EXPECT_EQ(hasher.digest128(), hash128(bytes)) << size;
  }
}

TEST(Hasher, GoesOnAfterADigestAndAMove) {
  const std::vector<std::byte> bytes = some_bytes(700);
  Hasher first;
  first.update(std::span(bytes).first(300));
  EXPECT_EQ(first.digest64(), hash64(std::span(bytes).first(300)));
  Hasher second = std::move(first);
  second.update(std::span(bytes).subspan(300));
  EXPECT_EQ(second.digest128(), hash128(bytes));
}

}  // namespace
}  // namespace tenon::internal
