#pragma once

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace tenon::internal {

// A file that appears under its name complete or not at all: bytes go to a temporary in the same
// folder, commit() puts it on disk and renames it. Dropped before that, or after any failure,
// nothing is left behind and what stood under the name is as it was.
//
// A new file has the permissions of the umask, a replaced one keeps those it had; one that may not
// be written is not replaced. A symbolic link is followed and stays. What cannot be renamed over
// (devices, pipes, anything below /proc, which is where /dev/stdout leads) is written directly.
// Errors name the target: kNotFound where its folder does not exist, kInvalidArgument where it is a
// folder, kIoError for what the system refuses. One thread at a time.
class AtomicFile {
 public:
  static Result<AtomicFile> create(const std::filesystem::path& target);

  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;

  // Unbuffered: pass whole blocks. After a failure every later call fails too.
  Status write(std::span<const std::byte> bytes);
  Status write(std::string_view text);

  // Bytes written so far.
  uint64_t size() const noexcept { return size_; }

  // To be called once, as the last call.
  Status commit();

 private:
  AtomicFile(std::filesystem::path target, std::filesystem::path final_path,
             std::filesystem::path temporary, int descriptor) noexcept;
  void discard() noexcept;
  Error fail(std::string_view action, int error_number);
  Status require_open() const;

  std::filesystem::path target_;      // as the caller named it, for messages
  std::filesystem::path final_path_;  // with links followed
  std::filesystem::path temporary_;   // empty where the target is written directly, and at the end
  int descriptor_;                    // -1 once committed, failed or moved from
  uint64_t size_ = 0;
};

}  // namespace tenon::internal
