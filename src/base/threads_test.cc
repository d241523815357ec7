#include "base/threads.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <string>
#include <thread>

#include "testing/temp_folder.h"

namespace tenon::internal {
namespace {

using testing::TempFolder;

TEST(Threads, NamesAreCutToWhatTheSystemKeeps) {
  std::string name;
  std::thread thread([&] {
    name_this_thread("tenon-worker-number-7");
    char buffer[32] = {};
    pthread_getname_np(pthread_self(), buffer, sizeof(buffer));
    name = buffer;
  });
  thread.join();
  EXPECT_EQ(name, "tenon-worker-nu");
}

TEST(Threads, AllowedCpusFollowTheAffinityOfTheThread) {
  const std::vector<int> all = allowed_cpus();
  ASSERT_FALSE(all.empty());
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  std::vector<int> limited;
  int cores = 0;
  std::thread thread([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<size_t>(all.back()), &one);
    EXPECT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    limited = allowed_cpus();
    cores = allowed_cores();
  });
  thread.join();
  EXPECT_EQ(limited, std::vector<int>{all.back()});
  EXPECT_EQ(cores, 1);
  EXPECT_GE(allowed_cores(), 1);
  EXPECT_LE(allowed_cores(), static_cast<int>(all.size()));
}

TEST(CgroupCpuQuota, IsNothingWithoutGroupsOrLimits) {
  const TempFolder root;
  EXPECT_EQ(cgroup_cpu_quota(root.path()), std::nullopt);
  root.write("proc/self/cgroup", "0::/app\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), std::nullopt);
  root.write("sys/fs/cgroup/app/cpu.max", "max 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), std::nullopt);
}

TEST(CgroupCpuQuota, IsTheTightestOnTheWayUp) {
  const TempFolder root;
  root.write("proc/self/cgroup", "0::/a/b/c\n");
  root.write("sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
  root.write("sys/fs/cgroup/a/b/cpu.max", "150000 100000\n");
  root.write("sys/fs/cgroup/a/cpu.max", "400000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), 1.5);
  root.write("sys/fs/cgroup/a/cpu.max", "50000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), 0.5);
}

TEST(CgroupCpuQuota, ReadsTheMountWhereAContainerHidesTheGroup) {
  const TempFolder root;
  root.write("proc/self/cgroup", "0::/../outside:1/pod\n");
  root.write("sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), 2.0);
}

TEST(CgroupCpuQuota, ReadsVersionOne) {
  const TempFolder root;
  root.write("proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/x\n1:name=systemd:/x\n0::/x\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "-1\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), std::nullopt);
  root.write("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "300000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), 3.0);
  root.write("sys/fs/cgroup/unified/x/cpu.max", "250000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root.path()), 2.5) << "both hierarchies count";
}

TEST(CgroupCpuQuota, IgnoresWhatItCannotRead) {
  const TempFolder root;
  for (const char* text : {"", "100000", "x y", "0 100000", "100000 0", "-5 100000", "1 2 3"}) {
    root.write("proc/self/cgroup", "garbage\n0::\n::::\n0::/a");
    root.write("sys/fs/cgroup/a/cpu.max", text);
    EXPECT_EQ(cgroup_cpu_quota(root.path()), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace tenon::internal
