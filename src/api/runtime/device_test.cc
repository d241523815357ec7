#include <tenon/device.h>

#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace tenon {
namespace {

using internal::testing::IsError;
using internal::testing::IsOk;

TEST(ListDevices, BeginsWithTheCpuAndOpensEach) {
  const Result<std::vector<DeviceInfo>> devices = list_devices();
  ASSERT_THAT(devices, IsOk());
  ASSERT_FALSE(devices->empty());
  EXPECT_EQ(devices->front().kind, "cpu");
  for (const DeviceInfo& info : *devices) {
    const Result<Device> device = Device::open(info.name);
    ASSERT_THAT(device, IsOk()) << info.name;
    EXPECT_EQ(device->info().name, info.name);
  }
}

TEST(DeviceOpen, NamesTheKindsThereAre) {
  EXPECT_THAT(Device::open("abacus"), IsError(ErrorKind::kNotFound, "cpu, null"));
  EXPECT_THAT(Device::open(""), IsError(ErrorKind::kInvalidArgument, "device name"));
}

TEST(DevicePeak, IsMeasuredWhereTheDeviceCan) {
  const Device cpu = Device::open("cpu:threads=1").value();
  EXPECT_THAT(cpu.measure_peak(PeakKind::kFlops, 0.001), IsOk());
  const Device null = Device::open("null").value();
  EXPECT_THAT(null.measure_peak(PeakKind::kFlops, 0.001),
              IsError(ErrorKind::kUnsupported, "null:0"));
}

TEST(DevicePeak, RefusesOtherKindsAndTimes) {
  const Device cpu = Device::open("cpu:threads=1").value();
  for (const double seconds : {0.0, -1.0, 61.0, std::numeric_limits<double>::infinity(),
                               std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(cpu.measure_peak(PeakKind::kFlops, seconds),
                IsError(ErrorKind::kInvalidArgument, "more than 0"));
  }
  EXPECT_THAT(cpu.measure_peak(static_cast<PeakKind>(7), 0.001),
              IsError(ErrorKind::kInvalidArgument, "kind 7"));
}

TEST(DeviceCopy, MovesBytesToTheDeviceAndBack) {
  for (const char* name : {"cpu", "null"}) {
    const Device device = Device::open(name).value();
    const DeviceBuffer buffer = device.allocate(4).value();
    const std::vector<std::byte> sent = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    std::vector<std::byte> received(4);
    ASSERT_THAT(device.copy_to_device(buffer.data(), sent), IsOk());
    ASSERT_THAT(device.copy_to_host(received, buffer.data()), IsOk());
    EXPECT_EQ(received, sent);
    EXPECT_EQ(device.host_accessible(), device.info().kind == "cpu");
  }
}

TEST(DeviceCopy, RefusesMemoryOfAnotherDevice) {
  const Device device = Device::open("null").value();
  std::vector<std::byte> host(4);
  EXPECT_THAT(device.copy_to_device(host.data(), host),
              IsError(ErrorKind::kInvalidArgument, "not memory of device null:0"));
}

TEST(DeviceCopy, RefusesNullPointers) {
  for (const char* name : {"cpu", "null"}) {
    const Device device = Device::open(name).value();
    const DeviceBuffer buffer = device.allocate(4).value();
    std::vector<std::byte> host(4);
    const std::span<std::byte> nowhere(static_cast<std::byte*>(nullptr), 4);
    EXPECT_THAT(device.copy_to_device(nullptr, host), IsError(ErrorKind::kInvalidArgument, ""));
    EXPECT_THAT(device.copy_to_host(host, nullptr), IsError(ErrorKind::kInvalidArgument, ""));
    EXPECT_THAT(device.copy_to_device(buffer.data(), nowhere),
                IsError(ErrorKind::kInvalidArgument, "null pointer"));
    EXPECT_THAT(device.copy_to_host(nowhere, buffer.data()),
                IsError(ErrorKind::kInvalidArgument, "null pointer"));
    EXPECT_THAT(device.copy_to_device(nullptr, {}), IsOk());
  }
}

TEST(DeviceAllocate, SaysHowMuchCouldNotBeHad) {
  const Device device = Device::open("cpu").value();
  EXPECT_THAT(device.allocate(size_t{1} << 62), IsError(ErrorKind::kOutOfMemory, "io"));
}

}  // namespace
}  // namespace tenon
