#include "base/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"

namespace tenon::internal {
namespace {

namespace fs = std::filesystem;

// Where the bytes go: the end of a chain of symbolic links.
struct Place {
  fs::path path;
  bool exists = false;
  mode_t mode = 0;  // of what exists
  bool in_proc = false;
};

bool is_in_proc(const fs::path& canonical_folder) {
  const std::string& text = canonical_folder.native();
  return text == "/proc" || text.starts_with("/proc/");
}

Result<Place> follow_links(const fs::path& target) {
  constexpr int kMaxLinks = 40;  // the kernel's own limit
  fs::path path = target;
  for (int links = 0; links <= kMaxLinks; ++links) {
    std::error_code status;
    const fs::path folder =
        fs::canonical(path.has_parent_path() ? path.parent_path() : fs::path("."), status);
    if (status) return file_error("write", target, status.value());
    path = folder / path.filename();
    // Links below /proc stand for open files; what they read as need not be a path.
    if (is_in_proc(folder)) return Place{.path = path, .in_proc = true};
    struct stat facts {};
    if (lstat(path.c_str(), &facts) != 0) {
      if (errno != ENOENT) return file_error("write", target, errno);
      return Place{.path = path};
    }
    if (!S_ISLNK(facts.st_mode)) return Place{.path = path, .exists = true, .mode = facts.st_mode};
    const fs::path link = fs::read_symlink(path, status);
    if (status) return file_error("write", target, status.value());
    path = folder / link;
  }
  return file_error("write", target, ELOOP);
}

// Creates a file that nobody else has, in `folder`. Its permissions are those of the umask, which
// mkostemp() would ignore.
int create_unique(const fs::path& folder, fs::path& created) {
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    created = folder / fmt::format(".tenon-{}-{:x}-{}.tmp", getpid(), monotonic_ns(), attempt);
    const int descriptor = ::open(created.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0 || errno != EEXIST) return descriptor;
  }
  return -1;
}

}  // namespace

AtomicFile::AtomicFile(fs::path target, fs::path final_path, fs::path temporary,
                       int descriptor) noexcept
    : target_(std::move(target)),
      final_path_(std::move(final_path)),
      temporary_(std::move(temporary)),
      descriptor_(descriptor) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : target_(std::move(other.target_)),
      final_path_(std::move(other.final_path_)),
      temporary_(std::move(other.temporary_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this != &other) {
    discard();
    target_ = std::move(other.target_);
    final_path_ = std::move(other.final_path_);
    temporary_ = std::move(other.temporary_);
    descriptor_ = std::exchange(other.descriptor_, -1);
    size_ = other.size_;
  }
  return *this;
}

AtomicFile::~AtomicFile() { discard(); }

Result<AtomicFile> AtomicFile::create(const fs::path& target) {
  if (target.empty()) return invalid_argument("an empty path names no file to write");
  const Place place = TRY(follow_links(target));
  if (place.exists && S_ISDIR(place.mode)) {
    return invalid_argument("{} is a folder; name a file", quote(target.native()));
  }
  if (place.in_proc || (place.exists && !S_ISREG(place.mode))) {
    // O_APPEND, because /dev/stdout may be a file to which others write too.
    const int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY;
    const int descriptor = ::open(place.path.c_str(), flags);
    if (descriptor < 0) return file_error("write", target, errno);
    return AtomicFile(target, place.path, {}, descriptor);
  }
  if (place.exists && faccessat(AT_FDCWD, place.path.c_str(), W_OK, AT_EACCESS) != 0) {
    return file_error("replace", target, errno);
  }
  fs::path temporary;
  const int descriptor = create_unique(place.path.parent_path(), temporary);
  if (descriptor < 0) return file_error("write", target, errno);
  AtomicFile file(target, place.path, std::move(temporary), descriptor);
  if (place.exists && fchmod(descriptor, place.mode & 07777) != 0) {
    return file.fail("set the permissions of", errno);
  }
  return file;
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  TRY_STATUS(require_open());
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail("write", errno);
    size_ += static_cast<uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return ok_status();
}

Status AtomicFile::write(std::string_view text) { return write(bytes_of(text)); }

Status AtomicFile::commit() {
  TRY_STATUS(require_open());
  // Devices and pipes have nothing to put on disk and say so with EINVAL or ENOTSUP.
  const bool synced = fsync(descriptor_) == 0;
  if (!synced && !(temporary_.empty() && (errno == EINVAL || errno == ENOTSUP || errno == EROFS))) {
    return fail("write", errno);
  }
  if (close(std::exchange(descriptor_, -1)) != 0) return fail("write", errno);
  if (!temporary_.empty()) {
    if (std::rename(temporary_.c_str(), final_path_.c_str()) != 0) return fail("write", errno);
    temporary_.clear();
  }
  return ok_status();
}

void AtomicFile::discard() noexcept {
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
  if (!temporary_.empty()) unlink(temporary_.c_str());
  temporary_.clear();
}

Error AtomicFile::fail(std::string_view action, int error_number) {
  discard();
  return file_error(action, target_, error_number);
}

Status AtomicFile::require_open() const {
  if (descriptor_ >= 0) return ok_status();
  return io_error("{} was committed, or writing it failed before", quote(target_.native()));
}

}  // namespace tenon::internal
