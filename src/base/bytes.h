#pragma once

// Reading and writing little-endian bytes. The encodings: fixed-width numbers, LEB128 varints of at
// most 64 bits, and strings as a varint length followed by the bytes.

#include <tenon/error.h>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tenon::internal {

static_assert(std::endian::native == std::endian::little, "Tenon runs on little-endian machines");

// Numbers that have one byte form: a bool read from a file could be neither true nor false.
template <class T>
concept FixedWidthNumber = std::is_arithmetic_v<T> && !std::same_as<std::remove_cv_t<T>, bool>;

template <class T>
std::span<const std::byte> bytes_of(std::span<const T> items) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  return std::as_bytes(items);
}

inline std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

inline std::string_view text_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Reads from the front of a buffer and never past its end: each read that does not fit is
// kCorruptData with the offset, and leaves the reader where it was. Views it returns point into the
// buffer. One thread at a time.
class ByteReader {
 public:
  // `subject` begins the messages ("timing cache record"). Both must outlive the reader.
  explicit ByteReader(std::span<const std::byte> bytes, std::string_view subject = "data") noexcept
      : bytes_(bytes), subject_(subject) {}

  size_t offset() const noexcept { return offset_; }
  size_t remaining() const noexcept { return bytes_.size() - offset_; }

  template <FixedWidthNumber T>
  Result<T> read() {
    if (remaining() < sizeof(T)) return truncated(sizeof(T));
    T value;
    std::memcpy(&value, bytes_.data() + offset_, sizeof(T));
    offset_ += sizeof(T);
    return value;
  }

  // Refuses varints over 64 bits and those not in their shortest form, so that equal values have
  // equal bytes.
  Result<uint64_t> read_varint();
  Result<std::span<const std::byte>> read_bytes(uint64_t count);
  Result<std::string_view> read_string();
  Status skip(uint64_t count);

  // kCorruptData when bytes are left over.
  Status expect_end() const;

 private:
  Error truncated(uint64_t needed) const;

  std::span<const std::byte> bytes_;
  std::string_view subject_;
  size_t offset_ = 0;
};

// Appends to a byte vector that it owns. Every form is the one that ByteReader reads.
class ByteWriter {
 public:
  template <FixedWidthNumber T>
  void write(T value) {
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
  }

  void write_varint(uint64_t value);
  void write_bytes(std::span<const std::byte> bytes);
  void write_string(std::string_view text);

  // Appends zeros until the size is a multiple of `alignment` (> 0).
  void align(size_t alignment);

  size_t size() const noexcept { return bytes_.size(); }
  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  std::vector<std::byte> take() && noexcept { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace tenon::internal
