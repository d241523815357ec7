#pragma once

// Makers of errors with formatted messages:
//   return invalid_argument("input \"{}\" has {} dimensions, the model asks for {}", name, got,
//   want);

#include <fmt/format.h>
#include <tenon/error.h>

#include <filesystem>
#include <string_view>
#include <utility>

namespace tenon::internal {

template <class... Args>
Error invalid_argument(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kInvalidArgument, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error unsupported(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kUnsupported, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error corrupt(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kCorruptData, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error not_found(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kNotFound, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error version_mismatch(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kVersionMismatch, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error cache_miss(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kCacheMiss, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error busy(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kBusy, fmt::format(format, std::forward<Args>(args)...)};
}

// Allocates nothing, for use where memory has just run out.
inline Error out_of_memory() noexcept { return {ErrorKind::kOutOfMemory, "out of memory"}; }

template <class... Args>
Error out_of_memory(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kOutOfMemory, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error device_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kDeviceError, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error io_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kIoError, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error cancelled(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kCancelled, fmt::format(format, std::forward<Args>(args)...)};
}

// `cannot <action> "<path>": <text of the errno value>`. ENOENT and ENOTDIR give kNotFound, ENOMEM
// kOutOfMemory, all others kIoError.
Error file_error(std::string_view action, const std::filesystem::path& path, int error_number);

}  // namespace tenon::internal
