// The digest by which people and scripts tell plans apart.
#pragma once

#include <tenon/error.h>

#include <filesystem>
#include <string>

namespace tenon::cli {

// SHA-256 of a file's bytes in lower-case hexadecimal. Errors: NotFound, IoError.
Result<std::string> sha256_of_file(const std::filesystem::path& path);

}  // namespace tenon::cli
