#include "base/errors.h"

#include <cerrno>
#include <system_error>

#include "base/text.h"

namespace tenon::internal {

Error file_error(std::string_view action, const std::filesystem::path& path, int error_number) {
  ErrorKind kind = ErrorKind::kIoError;
  if (error_number == ENOENT || error_number == ENOTDIR) kind = ErrorKind::kNotFound;
  if (error_number == ENOMEM) kind = ErrorKind::kOutOfMemory;
  return {kind, fmt::format("cannot {} {}: {}", action, quote(path.native()),
                            std::generic_category().message(error_number))};
}

}  // namespace tenon::internal
