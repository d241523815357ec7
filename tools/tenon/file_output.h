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

// Adds to stdout's buffer; flush_stdout() puts it out. Errors: IoError, for a full disk behind
// stdout.
Status write_stdout(std::string_view text);
Status flush_stdout();

// Errors: NotFound, IoError.
Result<std::vector<std::byte>> read_file(const std::filesystem::path& path);

}  // namespace tenon::cli
