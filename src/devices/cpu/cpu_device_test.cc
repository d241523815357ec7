#include "devices/cpu/cpu_device.h"

#include "base/core_leases.h"
#include "base/threads.h"
#include "device/host_device.h"
#include "device/open.h"
#include "testing/conformance.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

namespace tenon::internal::testing {

namespace {

// With each instruction set of this machine.
std::vector<std::string> device_names() {
  std::vector<std::string> names = {"cpu:threads=1"};
  for (const Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    if (isa <= best_isa()) names.push_back(fmt::format("cpu:threads=3,isa={}", to_string(isa)));
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Cpu, DeviceConformance, ::testing::ValuesIn(device_names()));

Result<std::shared_ptr<Device>> open(std::string_view name) {
  const Result<DeviceName> parsed = parse_device_name(name);
  return parsed.ok() ? open_cpu_device(*parsed) : Result<std::shared_ptr<Device>>(parsed.error());
}

TEST(CpuDevice, TakesItsThreadsFromTheName) {
  EXPECT_EQ(open("cpu:threads=3").value()->info().threads, 3);
}

TEST(CpuDevice, HasAThreadForEachCoreThatTheProcessMayUse) {
  const auto device = open("cpu").value();
  EXPECT_EQ(device->info().threads, allowed_cores());
  EXPECT_EQ(list_cpu_devices()[0].threads, allowed_cores());
  EXPECT_EQ(static_cast<HostDevice&>(*device).pool().workers(), allowed_cores() - 1);
}

TEST(CpuDevice, RunsOnCoresLeasedFromTheProcess) {
  const auto device = open("cpu:threads=3").value();
  CoreLeases& process = CoreLeases::process();
  const int before = process.leased();
  std::atomic<int> threads = 0;
  std::atomic<int> leased = 0;
  static_cast<HostDevice&>(*device).pool().parallel_for(3, [&](int64_t, int64_t) {
    ++threads;
    leased = process.leased();
  });
  EXPECT_EQ(threads, std::min(3, process.limit() - before));
  EXPECT_EQ(leased, before + threads);
  EXPECT_EQ(process.leased(), before);
}

TEST(CpuDevice, MeasuresWhatItCanDo) {
  for (const std::string& name : device_names()) {
    for (const PeakKind kind : {PeakKind::kFlops, PeakKind::kBandwidth}) {
      const auto device = open(name).value();
      const Result<double> rate = device->measure_peak(kind, 0.001);
      ASSERT_THAT(rate, IsOk());
      // Slower than any machine that these instruction sets were made for.
      EXPECT_GT(*rate, 1e6) << name;
      EXPECT_EQ(device->account().current(), 0);
    }
  }
}

TEST(CpuDevice, UsesTheInstructionSetOfItsName) {
  EXPECT_EQ(open("cpu").value()->info().isa, to_string(best_isa()));
  for (const Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    const auto device = open(fmt::format("cpu:isa={}", to_string(isa)));
    if (isa <= best_isa()) {
      EXPECT_EQ(isa_of(device.value()->info()), isa);
    } else {
      EXPECT_THAT(device, IsError(ErrorKind::kInvalidArgument,
                                  fmt::format("this machine has {}", to_string(best_isa()))));
    }
  }
}

TEST(CpuDevice, RefusesOptionsItDoesNotHave) {
  EXPECT_THAT(open("cpu:threads=0"), IsError(ErrorKind::kInvalidArgument, "1 to 1024"));
  EXPECT_THAT(open("cpu:threads=two"), IsError(ErrorKind::kInvalidArgument, "'two'"));
  EXPECT_THAT(open("cpu:isa=sse9"), IsError(ErrorKind::kInvalidArgument, "avx512, avx2"));
  EXPECT_THAT(open("cpu:colour=red"), IsError(ErrorKind::kInvalidArgument, "'colour'"));
  EXPECT_THAT(open("cpu:1"), IsError(ErrorKind::kNotFound, "cpu:1"));
}

TEST(CpuDevice, SaysWhatTheProcessorIs) {
  const DeviceInfo info = list_cpu_devices()[0];
  EXPECT_EQ(info.kind, "cpu");
  EXPECT_FALSE(info.description.empty());
  EXPECT_GT(info.memory_bytes, 0);
#if defined(__x86_64__)
  EXPECT_TRUE(info.properties.contains("cpu_family"));
  EXPECT_TRUE(info.properties.contains("isa_flags"));
#endif
}

}  // namespace
}  // namespace tenon::internal::testing
