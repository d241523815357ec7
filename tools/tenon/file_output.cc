#include "file_output.h"

#include <tenon/builder.h>

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

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

}  // namespace

Status write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  Result<FileSink> file = FileSink::create(path);
  if (!file.ok()) return std::move(file).error();
  Status written = file->write(bytes);
  return written.ok() ? file->commit() : std::move(written);
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
