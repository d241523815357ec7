#include "base/errors.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace tenon::internal {
namespace {

TEST(Errors, AreFormattedWithTheirKind) {
  const Error error = invalid_argument("input {} has {} dimensions", 2, 5);
  EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(error.message(), "input 2 has 5 dimensions");
  EXPECT_EQ(unsupported("{}", 1).kind(), ErrorKind::kUnsupported);
  EXPECT_EQ(corrupt("{}", 1).kind(), ErrorKind::kCorruptData);
  EXPECT_EQ(not_found("{}", 1).kind(), ErrorKind::kNotFound);
  EXPECT_EQ(version_mismatch("{}", 1).kind(), ErrorKind::kVersionMismatch);
  EXPECT_EQ(cache_miss("{}", 1).kind(), ErrorKind::kCacheMiss);
  EXPECT_EQ(busy("{}", 1).kind(), ErrorKind::kBusy);
  EXPECT_EQ(out_of_memory("{}", 1).kind(), ErrorKind::kOutOfMemory);
  EXPECT_EQ(device_error("{}", 1).kind(), ErrorKind::kDeviceError);
  EXPECT_EQ(io_error("{}", 1).kind(), ErrorKind::kIoError);
  EXPECT_EQ(cancelled("{}", 1).kind(), ErrorKind::kCancelled);
}

TEST(Errors, OutOfMemoryFitsIntoTheErrorItself) {
  const Error error = out_of_memory();
  const auto* object = reinterpret_cast<const char*>(&error);
  EXPECT_GE(error.message().data(), object);
  EXPECT_LT(error.message().data(), object + sizeof(error)) << "the message was allocated";
}

TEST(Errors, OfFilesNameActionPathAndReason) {
  const Error error = file_error("write", "a \"b\"\n", ENOSPC);
  EXPECT_EQ(error.kind(), ErrorKind::kIoError);
  EXPECT_EQ(error.message(), R"(cannot write "a \"b\"\n": No space left on device)");
  EXPECT_EQ(file_error("open", "x", ENOENT).kind(), ErrorKind::kNotFound);
  EXPECT_EQ(file_error("open", "x", ENOTDIR).kind(), ErrorKind::kNotFound);
  EXPECT_EQ(file_error("map", "x", ENOMEM).kind(), ErrorKind::kOutOfMemory);
}

}  // namespace
}  // namespace tenon::internal
