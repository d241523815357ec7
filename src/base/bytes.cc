#include "base/bytes.h"

#include "base/checked_math.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"

namespace tenon::internal {

Error ByteReader::truncated(uint64_t needed) const {
  return corrupt("{}: truncated at offset {}: {} needed, {} left", subject_, offset_,
                 counted(needed, "byte"), remaining());
}

Result<uint64_t> ByteReader::read_varint() {
  constexpr size_t kMaxLength = 10;
  uint64_t value = 0;
  for (size_t i = 0; i < kMaxLength; ++i) {
    if (i >= remaining()) return truncated(i + 1);
    const auto byte = std::to_integer<uint64_t>(bytes_[offset_ + i]);
    const uint64_t bits = byte & 0x7F;
    if (i + 1 == kMaxLength && byte > 1) break;
    value |= bits << (7 * i);
    if (byte == bits) {
      if (bits == 0 && i > 0) {
        return corrupt("{}: number at offset {} is not in its shortest form", subject_, offset_);
      }
      offset_ += i + 1;
      return value;
    }
  }
  return corrupt("{}: number at offset {} is longer than 64 bits", subject_, offset_);
}

Result<std::span<const std::byte>> ByteReader::read_bytes(uint64_t count) {
  if (count > remaining()) return truncated(count);
  const auto bytes = bytes_.subspan(offset_, static_cast<size_t>(count));
  offset_ += bytes.size();
  return bytes;
}

Result<std::string_view> ByteReader::read_string() {
  ByteReader ahead = *this;
  const uint64_t length = TRY(ahead.read_varint());
  const std::span<const std::byte> bytes = TRY(ahead.read_bytes(length));
  *this = ahead;
  return text_of(bytes);
}

Status ByteReader::skip(uint64_t count) {
  TRY(read_bytes(count));
  return ok_status();
}

Status ByteReader::expect_end() const {
  if (remaining() == 0) return ok_status();
  return corrupt("{}: {} left over at offset {}", subject_, counted(remaining(), "byte"), offset_);
}

void ByteWriter::write_varint(uint64_t value) {
  while (value >= 0x80) {
    write(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  write(static_cast<uint8_t>(value));
}

void ByteWriter::write_bytes(std::span<const std::byte> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void ByteWriter::write_string(std::string_view text) {
  write_varint(text.size());
  write_bytes(bytes_of(text));
}

void ByteWriter::align(size_t alignment) {
  bytes_.resize(align_up(bytes_.size(), alignment).value_or(bytes_.size()));
}

}  // namespace tenon::internal
