#include "base/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/bytes.h"
#include "base/checked_math.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"

namespace tenon::internal {
namespace {

// Closes what it holds. Used for reading only, where a failing close loses nothing.
class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;

  int get() const noexcept { return number_; }

 private:
  int number_;
};

struct OpenFile {
  Descriptor descriptor;
  struct stat facts;
};

Result<OpenFile> open_to_read(const std::filesystem::path& path, int extra_flags) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | extra_flags));
  if (file.get() < 0) return file_error("open", path, errno);
  struct stat facts {};
  if (fstat(file.get(), &facts) != 0) return file_error("read", path, errno);
  if (S_ISDIR(facts.st_mode)) return invalid_argument("{} is a folder", quote(path.native()));
  return OpenFile{std::move(file), facts};
}

// read(2) that survives signals.
ssize_t read_some(int descriptor, void* data, size_t size) {
  for (;;) {
    const ssize_t count = ::read(descriptor, data, size);
    if (count >= 0 || errno != EINTR) return count;
  }
}

template <class Container>
Result<Container> read_all(const std::filesystem::path& path, size_t limit) {
  constexpr size_t kFirstBlock = 64 * 1024;
  const OpenFile file = TRY(open_to_read(path, 0));
  const auto too_large = [&] {
    return invalid_argument("{} is larger than the limit of {}", quote(path.native()),
                            human_bytes(limit));
  };
  // One byte more than the file is said to have shows its end without growing the buffer.
  const uint64_t said = S_ISREG(file.facts.st_mode) ? static_cast<uint64_t>(file.facts.st_size) : 0;
  if (said > limit) return too_large();
  Container content;
  content.resize(std::max(static_cast<size_t>(said) + 1, kFirstBlock));
  size_t used = 0;
  for (;;) {
    const ssize_t count =
        read_some(file.descriptor.get(), content.data() + used, content.size() - used);
    if (count < 0) return file_error("read", path, errno);
    if (count == 0) break;
    used += static_cast<size_t>(count);
    if (used > limit) return too_large();
    if (used == content.size()) content.resize(checked_mul(used, size_t{2}).value_or(SIZE_MAX));
  }
  content.resize(used);
  return content;
}

Result<std::filesystem::path> real_folder(const std::filesystem::path& folder) {
  std::error_code status;
  std::filesystem::path real = std::filesystem::canonical(folder, status);
  if (status) return file_error("open folder", folder, status.value());
  return real;
}

// Of real paths.
bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

}  // namespace

MappedFile::MappedFile(std::filesystem::path path) : path_(std::move(path)) {}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::filesystem::path& path) {
  std::shared_ptr<MappedFile> mapped(new MappedFile(path));
  // O_NONBLOCK keeps the open of a pipe from waiting for a writer.
  const OpenFile file = TRY(open_to_read(path, O_NONBLOCK));
  if (!S_ISREG(file.facts.st_mode)) {
    return invalid_argument("{} is not a regular file and cannot be mapped", quote(path.native()));
  }
  const auto size = static_cast<uint64_t>(file.facts.st_size);
  if (size > SIZE_MAX) return unsupported("{} is too large to be mapped", quote(path.native()));
  if (size == 0) {
    std::byte byte;
    if (read_some(file.descriptor.get(), &byte, 1) > 0) {
      return invalid_argument("{} has no fixed size and cannot be mapped", quote(path.native()));
    }
    return std::shared_ptr<const MappedFile>(std::move(mapped));
  }
  void* data =
      mmap(nullptr, static_cast<size_t>(size), PROT_READ, MAP_PRIVATE, file.descriptor.get(), 0);
  if (data == MAP_FAILED) return file_error("map", path, errno);
  mapped->bytes_ = {static_cast<const std::byte*>(data), static_cast<size_t>(size)};
  return std::shared_ptr<const MappedFile>(std::move(mapped));
}

void MappedFile::advise(Advice advice, size_t offset, size_t length) const noexcept {
  if (offset >= size()) return;
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  size_t end = offset + std::min(length, size() - offset);
  size_t begin = offset / page * page;
  int flag = MADV_WILLNEED;
  switch (advice) {
    case Advice::kSequential:
      flag = MADV_SEQUENTIAL;
      break;
    case Advice::kRandom:
      flag = MADV_RANDOM;
      break;
    case Advice::kWillNeed:
      break;
    case Advice::kDontNeed:
      flag = MADV_DONTNEED;
      begin = (offset + page - 1) / page * page;
      if (end != size()) end = end / page * page;
      break;
  }
  if (begin < end) madvise(const_cast<std::byte*>(bytes_.data()) + begin, end - begin, flag);
}

Result<std::vector<std::byte>> read_file(const std::filesystem::path& path, size_t limit) {
  return read_all<std::vector<std::byte>>(path, limit);
}

Result<std::string> read_text_file(const std::filesystem::path& path, size_t limit) {
  return read_all<std::string>(path, limit);
}

Result<std::filesystem::path> resolve_inside(const std::filesystem::path& folder,
                                             std::string_view relative,
                                             const std::filesystem::path& linked_folder) {
  const std::filesystem::path below(relative);
  if (relative.empty() || relative.find('\0') != std::string_view::npos || below.is_absolute() ||
      std::find(below.begin(), below.end(), "..") != below.end()) {
    return invalid_argument("path {} must be relative and stay below its folder", quote(relative));
  }
  const std::filesystem::path root = TRY(real_folder(folder.empty() ? "." : folder));
  std::error_code status;
  std::filesystem::path real = std::filesystem::canonical(root / below, status);
  if (status) return file_error("open", root / below, status.value());
  if (lies_in(real, root)) return real;
  if (!linked_folder.empty() && lies_in(real, TRY(real_folder(linked_folder)))) return real;
  return invalid_argument(
      "{} is a symbolic link out of its folder, to {}; put the file itself into the folder",
      quote((root / below).native()), quote(real.native()));
}

}  // namespace tenon::internal
