#include "plan_digest.h"

#include "file_output.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

namespace tenon::cli {

Result<std::string> sha256_of_file(const std::filesystem::path& path) {
  const Result<std::vector<std::byte>> bytes = read_file(path);
  if (!bytes.ok()) return bytes.error();
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes->data()),
                     bytes->size());
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace tenon::cli
