// Files that appear whole or not at all.
#pragma once

#include <tenon/error.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::cli {

// Errors: IoError naming the path. Nothing is left behind then.
Status write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
Status write_file(const std::filesystem::path& path, std::string_view text);

// Errors: IoError, for a full disk or a closed pipe behind stdout.
Status write_stdout(std::string_view text);

// Errors: NotFound, IoError.
Result<std::vector<std::byte>> read_file(const std::filesystem::path& path);

}  // namespace tenon::cli
