#include "base/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace tenon::internal {
namespace {

Hash128 from_xxh(const XXH128_hash_t& hash) noexcept {
  return {.high = hash.high64, .low = hash.low64};
}

}  // namespace

uint64_t hash64(std::span<const std::byte> bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

Hash128 hash128(std::span<const std::byte> bytes) noexcept {
  return from_xxh(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string to_hex(const Hash128& hash) {
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

// XXH3 feeds both widths from the same state; only the digests differ.
struct Hasher::State {
  XXH3_state_t xxh;
};

Hasher::Hasher() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(std::span<const std::byte> bytes) noexcept {
  XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());
}

uint64_t Hasher::digest64() const noexcept { return XXH3_64bits_digest(&state_->xxh); }
Hash128 Hasher::digest128() const noexcept { return from_xxh(XXH3_128bits_digest(&state_->xxh)); }

}  // namespace tenon::internal
