#include "device/open.h"

#include "testing/matchers.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;

TEST(ParseDeviceName, TakesKindIndexAndOptions) {
  const Result<DeviceName> name = parse_device_name("gpu:2,a=b,c=");
  ASSERT_THAT(name, IsOk());
  EXPECT_EQ(name->kind, "gpu");
  EXPECT_EQ(name->index, "2");
  EXPECT_EQ(name->options.at("a"), "b");
  EXPECT_EQ(name->options.at("c"), "");
  EXPECT_EQ(parse_device_name("cpu:threads=4")->index, "");
  EXPECT_EQ(parse_device_name("cpu")->kind, "cpu");
}

TEST(ParseDeviceName, RefusesMalformedNames) {
  for (const char* name :
       {"", ":", "cpu:", "cpu:,", "cpu:a=1,", "cpu:a=1,b", "cpu:=1", "cpu:1,2", "cpu:a=1,a=2"}) {
    EXPECT_THAT(parse_device_name(name), IsError(ErrorKind::kInvalidArgument, "device name"))
        << name;
  }
}

TEST(OpenDevice, NamesTheKindsThereAre) {
  const DeviceKind kinds[] = {{"one", [] { return std::vector<DeviceInfo>(); },
                               [](const DeviceName&) -> Result<std::shared_ptr<Device>> {
                                 return std::shared_ptr<Device>();
                               }}};
  EXPECT_THAT(open_device(kinds, "one"), IsOk());
  EXPECT_THAT(open_device(kinds, "two:1"),
              IsError(ErrorKind::kNotFound, "no device kind 'two'; this library has: one"));
}

}  // namespace
}  // namespace tenon::internal
