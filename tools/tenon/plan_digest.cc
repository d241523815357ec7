#include "plan_digest.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

namespace tenon::cli {
namespace {

constexpr size_t kBlock = size_t{1} << 20;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Error read_error(const std::filesystem::path& path) {
  return {ErrorKind::kIoError,
          fmt::format("cannot read \"{}\": {}", path.string(), std::strerror(errno))};
}

}  // namespace

Result<std::string> sha256_of_file(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return read_error(path);
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  std::vector<unsigned char> block(kBlock);
  while (const size_t got = std::fread(block.data(), 1, block.size(), file.get())) {
    crypto_hash_sha256_update(&state, block.data(), got);
  }
  if (std::ferror(file.get()) != 0) return read_error(path);
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256_final(&state, digest.data());
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace tenon::cli
