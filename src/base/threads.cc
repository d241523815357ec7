#include "base/threads.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <string>
#include <thread>

#include "base/files.h"
#include "base/text.h"

namespace tenon::internal {
namespace {

// "<quota> <period>" in microseconds as CPUs; nothing for "max", "-1" or text of another form.
std::optional<double> quota_from(std::string_view quota_text, std::string_view period_text) {
  const Result<int64_t> quota = parse_number<int64_t>(quota_text);
  const Result<int64_t> period = parse_number<int64_t>(period_text);
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::string first_line(const std::filesystem::path& file) {
  std::string text = read_text_file(file).value_or("");
  text.resize(std::min(text.find('\n'), text.size()));
  return text;
}

std::optional<double> quota_of_group(const std::filesystem::path& folder, bool v2) {
  if (!v2) {
    return quota_from(first_line(folder / "cpu.cfs_quota_us"),
                      first_line(folder / "cpu.cfs_period_us"));
  }
  const std::string line = first_line(folder / "cpu.max");
  const std::vector<std::string_view> fields = split(line, ' ');
  return fields.size() == 2 ? quota_from(fields[0], fields[1]) : std::nullopt;
}

// The tightest quota of `group` and all groups above it in a hierarchy mounted at `mount`. Inside a
// container the group's path may not exist below the mount; the container's own group is then the
// mount itself.
std::optional<double> tightest_quota(const std::filesystem::path& mount, std::string_view group,
                                     bool v2) {
  std::optional<double> tightest;
  std::filesystem::path path = std::filesystem::path(group).lexically_normal().relative_path();
  for (;;) {
    const std::optional<double> quota = quota_of_group(mount / path, v2);
    if (quota && (!tightest || *quota < *tightest)) tightest = quota;
    if (path.empty()) return tightest;
    path = path.parent_path();
  }
}

}  // namespace

void name_this_thread(std::string_view name) noexcept {
  constexpr size_t kMaxLength = 15;
  char text[kMaxLength + 1] = {};
  name.copy(text, kMaxLength);
  pthread_setname_np(pthread_self(), text);
}

std::vector<int> allowed_cpus() {
  std::vector<int> cpus;
  // The kernel refuses a set smaller than its own with EINVAL.
  for (int capacity = 1024; capacity <= (1 << 20); capacity *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<size_t>(capacity));
    if (set == nullptr) break;
    const size_t size = CPU_ALLOC_SIZE(static_cast<size_t>(capacity));
    const int status = sched_getaffinity(0, size, set);
    const int reason = errno;
    for (int cpu = 0; status == 0 && cpu < capacity; ++cpu) {
      if (CPU_ISSET_S(static_cast<size_t>(cpu), size, set)) cpus.push_back(cpu);
    }
    CPU_FREE(set);
    if (status == 0 || reason != EINVAL) break;
  }
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

std::optional<double> cgroup_cpu_quota(const std::filesystem::path& root) {
  const std::filesystem::path mounts = root / "sys/fs/cgroup";
  const std::string groups = read_text_file(root / "proc/self/cgroup").value_or("");
  std::optional<double> tightest;
  const auto consider = [&](const std::filesystem::path& mount, std::string_view group, bool v2) {
    const std::optional<double> quota = tightest_quota(mount, group, v2);
    if (quota && (!tightest || *quota < *tightest)) tightest = quota;
  };
  for (const std::string_view line : split(groups, '\n')) {
    // hierarchy:controllers:path; the path may itself contain colons
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string_view group = line.substr(second + 1);
    if (controllers.empty()) {
      consider(mounts, group, true);
      consider(mounts / "unified", group, true);
      continue;
    }
    const std::vector<std::string_view> names = split(controllers, ',');
    if (std::find(names.begin(), names.end(), "cpu") == names.end()) continue;
    consider(mounts / controllers, group, false);
    if (names.size() > 1) consider(mounts / "cpu", group, false);
  }
  return tightest;
}

int allowed_cores() {
  const int cpus = static_cast<int>(allowed_cpus().size());
  const std::optional<double> quota = cgroup_cpu_quota();
  if (!quota || *quota >= cpus) return cpus;
  return std::max(1, static_cast<int>(std::floor(*quota)));
}

}  // namespace tenon::internal
