#include "file_output.h"

#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

namespace tenon::cli {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

Error io_error(std::string_view action, const std::filesystem::path& path) {
  const ErrorKind kind = errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIoError;
  return {kind, fmt::format("cannot {} \"{}\": {}", action, path.string(), std::strerror(errno))};
}

Status write_whole(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  File file(std::fopen(path.c_str(), "wb"));
  if (file == nullptr) return io_error("create", path);
  if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size() ||
      std::fflush(file.get()) != 0) {
    return io_error("write", path);
  }
  if (std::fclose(file.release()) != 0) return io_error("write", path);
  return {};
}

}  // namespace

Status write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::error_code ignored;
  // Devices and pipes cannot be replaced by a file.
  if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored)) {
    return write_whole(path, bytes);
  }
  const std::filesystem::path temporary =
      path.string() + fmt::format(".{}.part", static_cast<long>(getpid()));
  Status written = write_whole(temporary, bytes);
  if (written.ok() && std::rename(temporary.c_str(), path.c_str()) != 0) {
    written = io_error("create", path);
  }
  if (!written.ok()) std::filesystem::remove(temporary, ignored);
  return written;
}

Status write_file(const std::filesystem::path& path, std::string_view text) {
  return write_file(path, std::as_bytes(std::span(text.data(), text.size())));
}

Status write_stdout(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return {};
  return io_error("write to", "stdout");
}

Status flush_stdout() {
  if (std::fflush(stdout) == 0) return {};
  return io_error("write to", "stdout");
}

Result<std::vector<std::byte>> read_file(const std::filesystem::path& path) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return io_error("open", path);
  std::vector<std::byte> bytes;
  std::vector<std::byte> block(size_t{1} << 16);
  while (const size_t got = std::fread(block.data(), 1, block.size(), file.get())) {
    bytes.insert(bytes.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(got));
  }
  if (std::ferror(file.get()) != 0) return io_error("read", path);
  return bytes;
}

}  // namespace tenon::cli
