#include "base/base64.h"

#include "base/errors.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tenon::internal {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kInvalid = 64;

constexpr std::array<uint8_t, 256> make_values() {
  std::array<uint8_t, 256> values{};
  values.fill(kInvalid);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  return values;
}
constexpr std::array<uint8_t, 256> kValues = make_values();

}  // namespace

std::string base64_encode(std::span<const std::byte> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  size_t out = 0;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - at);
    uint32_t group = 0;
    for (size_t i = 0; i < count; ++i) {
      group |= std::to_integer<uint32_t>(bytes[at + i]) << (16 - 8 * i);
    }
    for (size_t i = 0; i <= count; ++i) text[out + i] = kAlphabet[(group >> (18 - 6 * i)) & 63];
    out += 4;
  }
  return text;
}

Result<std::vector<std::byte>> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) {
    return invalid_argument("base64 of {} characters: the length must be a multiple of 4",
                            text.size());
  }
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (size_t at = 0; at < text.size(); at += 4) {
    const size_t count = at + 4 == text.size() ? 4 - padding : 4;
    uint32_t group = 0;
    for (size_t i = 0; i < count; ++i) {
      const uint8_t value = kValues[static_cast<uint8_t>(text[at + i])];
      if (value == kInvalid) return invalid_argument("no base64 character at offset {}", at + i);
      group |= static_cast<uint32_t>(value) << (18 - 6 * i);
    }
    for (size_t i = 0; i + 1 < count; ++i) {
      bytes.push_back(static_cast<std::byte>((group >> (16 - 8 * i)) & 0xff));
    }
    const uint32_t unused_bits = count == 4 ? 0 : 0xffffffU >> (8 * (count - 1));
    if ((group & unused_bits) != 0) {
      return invalid_argument("base64 ends in bits that are not 0");
    }
  }
  return bytes;
}

}  // namespace tenon::internal
