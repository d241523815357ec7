#include <tenon/builder.h>

#include "base/bytes.h"
#include "testing/temp_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <utility>

namespace tenon {
namespace {

TEST(FileSink, ShowsAFileWhenItIsWhole) {
  const internal::testing::TempFolder folder;
  const auto path = folder / "x.plan";
  auto sink = FileSink::create(path);
  ASSERT_TRUE(sink.ok());
  ASSERT_TRUE(sink->write(internal::bytes_of("one ")).ok());
  FileSink moved = std::move(sink).value();
  ASSERT_TRUE(moved.write(internal::bytes_of("two")).ok());
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_TRUE(moved.commit().ok());
  EXPECT_EQ(folder.read("x.plan"), "one two");
}

TEST(FileSink, LeavesNothingWithoutACommit) {
  const internal::testing::TempFolder folder;
  {
    auto sink = FileSink::create(folder / "x.plan");
    ASSERT_TRUE(sink.ok());
    ASSERT_TRUE(sink->write(internal::bytes_of("half")).ok());
  }
  EXPECT_TRUE(folder.names().empty());
}

TEST(FileSink, RefusesAFolderAndAMissingOne) {
  const internal::testing::TempFolder folder;
  EXPECT_EQ(FileSink::create(folder.path()).error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(FileSink::create(folder / "no/x").error().kind(), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace tenon
