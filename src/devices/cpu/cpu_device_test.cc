#include "devices/cpu/cpu_device.h"

#include "device/open.h"
#include "testing/conformance.h"

#include <gtest/gtest.h>

namespace tenon::internal::testing {

INSTANTIATE_TEST_SUITE_P(Cpu, DeviceConformance,
                         ::testing::Values("cpu:threads=1", "cpu:threads=3"));

namespace {

Result<std::shared_ptr<Device>> open(std::string_view name) {
  const Result<DeviceName> parsed = parse_device_name(name);
  return parsed.ok() ? open_cpu_device(*parsed) : Result<std::shared_ptr<Device>>(parsed.error());
}

TEST(CpuDevice, TakesItsThreadsFromTheName) {
  EXPECT_EQ(open("cpu:threads=3").value()->info().threads, 3);
  EXPECT_GE(open("cpu").value()->info().threads, 1);
}

TEST(CpuDevice, RefusesOptionsItDoesNotHave) {
  EXPECT_THAT(open("cpu:threads=0"), IsError(ErrorKind::kInvalidArgument, "1 to 1024"));
  EXPECT_THAT(open("cpu:threads=two"), IsError(ErrorKind::kInvalidArgument, "'two'"));
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
