#include <tenon/builder.h>

#include "api/runtime/guard.h"
#include "base/atomic_file.h"
#include "base/try.h"

#include <utility>

namespace tenon {

FileSink::FileSink(std::unique_ptr<internal::AtomicFile> file) noexcept : file_(std::move(file)) {}
FileSink::~FileSink() = default;
FileSink::FileSink(FileSink&& other) noexcept = default;
FileSink& FileSink::operator=(FileSink&& other) noexcept = default;

Result<FileSink> FileSink::create(const std::filesystem::path& path) {
  return internal::guarded([&]() -> Result<FileSink> {
    internal::AtomicFile file = TRY(internal::AtomicFile::create(path));
    return FileSink(std::make_unique<internal::AtomicFile>(std::move(file)));
  });
}

Status FileSink::write(std::span<const std::byte> bytes) {
  return internal::guarded([&] { return file_->write(bytes); });
}

Status FileSink::commit() {
  return internal::guarded([&] { return file_->commit(); });
}

}  // namespace tenon
