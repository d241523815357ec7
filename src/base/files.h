#pragma once

// Reading files: read-only mappings, whole-file reads, and paths that may not leave a folder.
// Every error names the path and what was tried; a missing file is kNotFound, a refusal of the
// system kIoError. Writing: atomic_file.h.

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

enum class Advice : uint8_t {
  kSequential,  // will be read once, in order
  kRandom,      // no read-ahead
  kWillNeed,    // start reading now
  kDontNeed,    // drop the pages that lie wholly in the range; they are read again when touched
};

// A file mapped read-only, alive as long as a pointer to it. Thread-safe.
//
// Files are mapped, not copied: one that another program truncates in place raises SIGBUS when
// touched. Tenon itself replaces files by rename, which leaves a mapping of the old file intact.
class MappedFile {
 public:
  // Regular files only: a folder, device or pipe is kInvalidArgument. An empty file has an empty
  // span.
  static Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path& path);

  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  size_t size() const noexcept { return bytes_.size(); }
  std::span<const std::byte> bytes() const noexcept { return bytes_; }

  // A hint for the part of the range that lies in the file; a system that refuses it changes
  // nothing but speed.
  void advise(Advice advice, size_t offset = 0, size_t length = SIZE_MAX) const noexcept;

 private:
  explicit MappedFile(std::filesystem::path path);

  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

// No larger file is read into memory unless the caller says so; larger ones are mapped.
inline constexpr size_t kReadFileLimit = size_t{1} << 30;

// The whole content; pipes and devices are read to their end. More than `limit` bytes is
// kInvalidArgument.
Result<std::vector<std::byte>> read_file(const std::filesystem::path& path,
                                         size_t limit = kReadFileLimit);
Result<std::string> read_text_file(const std::filesystem::path& path,
                                   size_t limit = kReadFileLimit);

// The real path of `relative` below `folder`, for paths that come from a file. kInvalidArgument for
// an empty or absolute path, one with a ".." component or a NUL, and one that symbolic links lead
// out of the folder, unless into `linked_folder`; kNotFound when nothing is there. Someone who can
// write to the folder can still change it afterwards.
Result<std::filesystem::path> resolve_inside(const std::filesystem::path& folder,
                                             std::string_view relative,
                                             const std::filesystem::path& linked_folder = {});

}  // namespace tenon::internal
