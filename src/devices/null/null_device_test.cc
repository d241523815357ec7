#include "devices/null/null_device.h"

#include "testing/conformance.h"

#include <gtest/gtest.h>

namespace tenon::internal::testing {

INSTANTIATE_TEST_SUITE_P(Null, DeviceConformance, ::testing::Values("null", "null:3"));

namespace {

TEST(NullDeviceTest, FaultsWhenTheHostFollowsADevicePointer) {
  const auto device = open_test_device("null");
  const auto block = device->allocate(64, MemoryKind::kIo).value();
  // An access violation, or the sanitizer's report of one.
  EXPECT_DEATH(*static_cast<volatile char*>(block->data()) = 1, "");
}

TEST(NullDeviceTest, KnowsTheMemoryOfOtherDevices) {
  const auto device = open_test_device("null:0");
  const auto other = open_test_device("null:1");
  const auto block = other->allocate(64, MemoryKind::kIo).value();
  char host[64] = {};
  EXPECT_FALSE(device->owns(block->data(), 64));
  EXPECT_FALSE(device->owns(host, 64));
  EXPECT_TRUE(other->owns(block->data(), 64));
  EXPECT_FALSE(other->owns(block->data(), 65));
  EXPECT_FALSE(other->owns(static_cast<std::byte*>(block->data()) + 1, 64));
  const auto stream = device->create_stream().value();
  EXPECT_THAT(stream->fill(block->data(), std::byte{1}, 64),
              IsError(ErrorKind::kInvalidArgument, "are not memory of device null:0"));
}

TEST(NullDeviceTest, HasFourOfItsKind) {
  EXPECT_EQ(list_null_devices().size(), 4U);
  EXPECT_THAT(open_null_device({.kind = "null", .index = "4", .options = {}}),
              IsError(ErrorKind::kNotFound, "null:0 to null:3"));
  EXPECT_THAT(open_null_device({.kind = "null", .index = "x", .options = {}}),
              IsError(ErrorKind::kNotFound, "null:x"));
  EXPECT_THAT(open_null_device({.kind = "null", .index = "", .options = {{"threads", "2"}}}),
              IsError(ErrorKind::kInvalidArgument, "'threads'"));
}

}  // namespace
}  // namespace tenon::internal::testing
