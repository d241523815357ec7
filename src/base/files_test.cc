#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "base/bytes.h"
#include "testing/matchers.h"
#include "testing/temp_folder.h"

namespace tenon::internal {
namespace {

namespace fs = std::filesystem;
using testing::IsError;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::TempFolder;
using testing::WithoutRootRights;

TEST(MappedFile, ShowsTheContentWhileAnyPointerLives) {
  const TempFolder folder;
  const fs::path path = folder.write("a", "content");
  std::shared_ptr<const MappedFile> second;
  {
    const auto first = MappedFile::open(path);
    ASSERT_THAT(first, IsOk());
    EXPECT_EQ((*first)->path(), path);
    EXPECT_EQ((*first)->size(), 7u);
    second = *first;
  }
  fs::remove(path);
  EXPECT_EQ(text_of(second->bytes()), "content");
}

TEST(MappedFile, OfAnEmptyFileIsAnEmptySpan) {
  const TempFolder folder;
  const auto file = MappedFile::open(folder.write("empty", ""));
  ASSERT_THAT(file, IsOk());
  EXPECT_TRUE((*file)->bytes().empty());
  (*file)->advise(Advice::kWillNeed);
}

TEST(MappedFile, RefusesWhatIsNoRegularFile) {
  const TempFolder folder;
  EXPECT_THAT(MappedFile::open(folder / "missing"), IsError(ErrorKind::kNotFound, "missing"));
  EXPECT_THAT(MappedFile::open(folder.write("file", "x") / "below"),
              IsError(ErrorKind::kNotFound, "below"));
  EXPECT_THAT(MappedFile::open(folder.path()), IsError(ErrorKind::kInvalidArgument, "is a folder"));
  EXPECT_THAT(MappedFile::open("/dev/null"), IsError(ErrorKind::kInvalidArgument, "/dev/null"));
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(MappedFile::open(folder / "pipe"), IsError(ErrorKind::kInvalidArgument, "regular"));
  EXPECT_THAT(MappedFile::open("/proc/self/status"),
              IsError(ErrorKind::kInvalidArgument, "no fixed size"));
}

TEST(MappedFile, OfAnUnreadableFileIsAnIoError) {
  const TempFolder folder;
  const fs::path path = folder.write("secret", "x");
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(path, fs::perms::none);
  const WithoutRootRights limited;
  EXPECT_THAT(MappedFile::open(path), IsError(ErrorKind::kIoError, "Permission denied"));
  EXPECT_THAT(read_file(path), IsError(ErrorKind::kIoError, "Permission denied"));
}

TEST(MappedFile, TakesAdviceForAnyRange) {
  const TempFolder folder;
  std::string content(3 * 4096 + 100, '\0');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i / 7);
  const auto file = MappedFile::open(folder.write("a", content)).value();
  for (const Advice advice :
       {Advice::kSequential, Advice::kRandom, Advice::kWillNeed, Advice::kDontNeed}) {
    for (const size_t offset : {size_t{0}, size_t{1}, size_t{4096}, content.size(), SIZE_MAX}) {
      for (const size_t length : {size_t{0}, size_t{1}, size_t{8192}, SIZE_MAX}) {
        file->advise(advice, offset, length);
      }
    }
  }
  EXPECT_EQ(text_of(file->bytes()), content);
}

TEST(ReadFile, ReadsFilesOfAllSizes) {
  const TempFolder folder;
  for (const size_t size : {0u, 1u, 65535u, 65536u, 65537u, 200'000u}) {
    const std::string content(size, 'x');
    EXPECT_THAT(read_text_file(folder.write("a", content)), IsOkAndHolds(content));
    EXPECT_EQ(read_file(folder / "a").value().size(), size);
  }
}

TEST(ReadFile, ReadsWhatHasNoSizeOfItsOwn) {
  const auto status = read_text_file("/proc/self/status");
  ASSERT_THAT(status, IsOk());
  EXPECT_NE(status->find("VmHWM"), std::string::npos);

  const TempFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  const std::string content(150'000, 'y');
  std::thread writer([&] { folder.write("pipe", content); });
  EXPECT_THAT(read_text_file(folder / "pipe"), IsOkAndHolds(content));
  writer.join();
}

TEST(ReadFile, KeepsToTheLimit) {
  const TempFolder folder;
  const fs::path path = folder.write("a", std::string(1000, 'x'));
  EXPECT_THAT(read_file(path, 1000), IsOk());
  EXPECT_THAT(read_file(path, 999), IsError(ErrorKind::kInvalidArgument, "limit of 999 B"));
  EXPECT_THAT(read_file("/dev/zero", 1 << 20), IsError(ErrorKind::kInvalidArgument, "1.00 MiB"));
}

TEST(ReadFile, NamesWhatItCannotRead) {
  const TempFolder folder;
  EXPECT_THAT(read_file(folder / "missing"), IsError(ErrorKind::kNotFound, "missing"));
  EXPECT_THAT(read_file(folder.path()), IsError(ErrorKind::kInvalidArgument, "is a folder"));
}

class ResolveInside : public ::testing::Test {
 protected:
  void SetUp() override {
    outside_.write("secret", "s");
    folder_.write("data", "d");
    folder_.write("sub/data", "e");
  }

  TempFolder folder_;
  TempFolder outside_;
};

TEST_F(ResolveInside, FindsFilesBelowTheFolder) {
  EXPECT_THAT(resolve_inside(folder_.path(), "data"), IsOkAndHolds(folder_ / "data"));
  EXPECT_THAT(resolve_inside(folder_.path(), "sub/data"), IsOkAndHolds(folder_ / "sub/data"));
  EXPECT_THAT(resolve_inside(folder_.path(), "./sub//data"), IsOkAndHolds(folder_ / "sub/data"));
}

TEST_F(ResolveInside, RefusesPathsThatLeave) {
  using namespace std::string_view_literals;
  for (const std::string_view bad :
       {""sv, "/etc/passwd"sv, ".."sv, "../x"sv, "sub/../data"sv, "sub/.."sv, "data\0x"sv}) {
    EXPECT_THAT(resolve_inside(folder_.path(), bad),
                IsError(ErrorKind::kInvalidArgument, "stay below its folder"))
        << bad;
  }
  EXPECT_THAT(resolve_inside(folder_.path(), "missing"), IsError(ErrorKind::kNotFound, "missing"));
  EXPECT_THAT(resolve_inside(folder_ / "missing", "data"),
              IsError(ErrorKind::kNotFound, "missing"));
}

TEST_F(ResolveInside, FollowsLinksThatStayAndRefusesThoseThatLeave) {
  fs::create_symlink("sub/data", folder_ / "good");
  fs::create_symlink(outside_ / "secret", folder_ / "file_link");
  fs::create_directory_symlink(outside_.path(), folder_ / "folder_link");
  fs::create_symlink("loop", folder_ / "loop");
  EXPECT_THAT(resolve_inside(folder_.path(), "good"), IsOkAndHolds(folder_ / "sub/data"));
  EXPECT_THAT(resolve_inside(folder_.path(), "file_link"),
              IsError(ErrorKind::kInvalidArgument, "symbolic link out of its folder"));
  EXPECT_THAT(resolve_inside(folder_.path(), "folder_link/secret"),
              IsError(ErrorKind::kInvalidArgument, "symbolic link out of its folder"));
  EXPECT_THAT(resolve_inside(folder_.path(), "loop"), IsError(ErrorKind::kIoError, "loop"));
}

TEST_F(ResolveInside, FollowsLinksIntoTheFolderThatIsNamedForThem) {
  fs::create_symlink(outside_ / "secret", folder_ / "file_link");
  fs::create_symlink("/etc/passwd", folder_ / "other_link");
  EXPECT_THAT(resolve_inside(folder_.path(), "file_link", outside_.path()),
              IsOkAndHolds(outside_ / "secret"));
  EXPECT_THAT(resolve_inside(folder_.path(), "data", outside_.path()),
              IsOkAndHolds(folder_ / "data"));
  EXPECT_THAT(resolve_inside(folder_.path(), "other_link", outside_.path()),
              IsError(ErrorKind::kInvalidArgument, "symbolic link out of its folder"));
  EXPECT_THAT(resolve_inside(folder_.path(), "secret", outside_.path()),
              IsError(ErrorKind::kNotFound, "secret"))
      << "only links lead there";
}

TEST_F(ResolveInside, IsNotFooledByAFolderWithTheSameBeginning) {
  const fs::path sibling = folder_ / "sub2";
  fs::create_directory(sibling);
  folder_.write("sub2/secret", "s");
  fs::create_symlink("../sub2/secret", folder_ / "sub/link");
  EXPECT_THAT(resolve_inside(folder_ / "sub", "link"),
              IsError(ErrorKind::kInvalidArgument, "symbolic link out of its folder"));
}

TEST_F(ResolveInside, TakesAFolderThatIsReachedThroughALink) {
  fs::create_directory_symlink(folder_.path(), outside_ / "way_in");
  EXPECT_THAT(resolve_inside(outside_ / "way_in", "data"), IsOkAndHolds(folder_ / "data"));
}

}  // namespace
}  // namespace tenon::internal
