#include "base/process_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/checked_math.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "base/try.h"

namespace tenon::internal {
namespace {

// The whole number that follows `label` and blanks, times `unit`.
Result<int64_t> number_after(std::string_view text, std::string_view label, int64_t unit,
                             std::string_view file) {
  const size_t found = text.find(label);
  if (found == std::string_view::npos) return io_error("{} has no \"{}\"", file, label);
  text.remove_prefix(found + label.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  text = text.substr(0, text.find_first_not_of("0123456789"));
  const int64_t number = TRY_CONTEXT(parse_number<int64_t>(text), fmt::format("in {}", file));
  const auto bytes = checked_mul(number, unit);
  if (!bytes) return io_error("{}: {} is out of range", file, number);
  return *bytes;
}

}  // namespace

Result<int64_t> current_rss_bytes() {
  constexpr const char* kFile = "/proc/self/statm";
  const std::string text = TRY(read_text_file(kFile));
  return number_after(text, " ", sysconf(_SC_PAGESIZE), kFile);
}

Result<int64_t> peak_rss_bytes() {
  constexpr const char* kFile = "/proc/self/status";
  const std::string text = TRY(read_text_file(kFile));
  return number_after(text, "VmHWM:", 1024, kFile);
}

Status reset_peak_rss() {
  // Only the peak, of what the file can clear.
  constexpr std::string_view kPeak = "5";
  const int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  if (file < 0) return io_error("cannot reset the peak of resident memory");
  const bool written = write(file, kPeak.data(), kPeak.size()) == std::ssize(kPeak);
  close(file);
  if (!written) return io_error("cannot reset the peak of resident memory");
  return ok_status();
}

}  // namespace tenon::internal
