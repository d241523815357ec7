#pragma once

// Facts about this process and its threads: names, and the CPUs it may use.

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace tenon::internal {

// Shown by debuggers and `top -H`; cut to 15 bytes.
void name_this_thread(std::string_view name) noexcept;

// Numbers of the CPUs on which the calling thread may run, ascending; never empty.
std::vector<int> allowed_cpus();

// CPUs' worth of time that the control groups of this process grant it, 1.5 for example; nothing
// where there is no limit. Reads proc/self/cgroup and sys/fs/cgroup (v1, v2 and both) below `root`;
// the tightest limit on the way up counts.
std::optional<double> cgroup_cpu_quota(const std::filesystem::path& root = "/");

// How many threads can run at once without being preempted or throttled: the allowed CPUs, or the
// whole part of the quota where that is less; at least 1.
int allowed_cores();

}  // namespace tenon::internal
