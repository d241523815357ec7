#include <tenon/error.h>

#include <cstdio>
#include <cstdlib>
#include <new>

namespace tenon {

std::string_view to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
      return "InvalidArgument";
    case ErrorKind::kUnsupported:
      return "Unsupported";
    case ErrorKind::kCorruptData:
      return "CorruptData";
    case ErrorKind::kNotFound:
      return "NotFound";
    case ErrorKind::kVersionMismatch:
      return "VersionMismatch";
    case ErrorKind::kCacheMiss:
      return "CacheMiss";
    case ErrorKind::kBusy:
      return "Busy";
    case ErrorKind::kOutOfMemory:
      return "OutOfMemory";
    case ErrorKind::kDeviceError:
      return "DeviceError";
    case ErrorKind::kIoError:
      return "IoError";
    case ErrorKind::kCancelled:
      return "Cancelled";
  }
  return "InvalidErrorKind";
}

Error::~Error() = default;
Error::Error(const Error&) = default;
Error& Error::operator=(const Error&) = default;
Error::Error(Error&&) noexcept = default;
Error& Error::operator=(Error&&) noexcept = default;

Error&& Error::with_context(std::string_view line) && noexcept {
  try {
    message_.reserve(message_.size() + 1 + line.size());
    message_ += '\n';
    message_ += line;
  } catch (const std::bad_alloc&) {
  }
  return std::move(*this);
}

Error&& Error::with_node(std::string node) && noexcept {
  if (node_.empty()) node_ = std::move(node);
  return std::move(*this);
}

std::string Error::to_string() const {
  std::string text(tenon::to_string(kind_));
  text += ": ";
  for (const char c : message_) {
    text += c;
    if (c == '\n') text += "  ";
  }
  return text;
}

namespace internal {

void abort_missing_value(const Error& error) noexcept {
  const std::string_view kind = to_string(error.kind());
  std::fprintf(stderr, "tenon: value() of a failed Result: %.*s: %s\n",
               static_cast<int>(kind.size()), kind.data(), error.message().c_str());
  std::abort();
}

void abort_missing_error() noexcept {
  std::fputs("tenon: error() of a Result that holds no error\n", stderr);
  std::abort();
}

}  // namespace internal
}  // namespace tenon
