#pragma once

// XXH3 hashes: fast, stable across machines and versions, not safe against an attacker who chooses
// the bytes.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace tenon::internal {

struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;

  auto operator<=>(const Hash128&) const = default;  // NOLINT(modernize-use-nullptr)
};

uint64_t hash64(std::span<const std::byte> bytes) noexcept;
Hash128 hash128(std::span<const std::byte> bytes) noexcept;

// 32 lower-case hexadecimal digits, the most significant first: what `xxhsum -H2` prints.
std::string to_hex(const Hash128& hash);

// The same hashes over bytes that come in pieces; how they are cut makes no difference. One thread
// at a time.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(std::span<const std::byte> bytes) noexcept;

  // The hash of all bytes so far; more may follow.
  uint64_t digest64() const noexcept;
  Hash128 digest128() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tenon::internal
