#include "base/atomic_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include "base/files.h"
#include "testing/matchers.h"
#include "testing/temp_folder.h"

namespace tenon::internal {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::IsError;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::TempFolder;
using testing::WithoutRootRights;

mode_t permissions_of(const fs::path& path) {
  struct stat facts {};
  EXPECT_EQ(stat(path.c_str(), &facts), 0);
  return facts.st_mode & 07777;
}

// While it lives, files cannot grow beyond `bytes`: the nearest to a full disk without root.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit limit = {bytes, before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() {
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before_), 0);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_ = {};
  void (*handler_)(int);
};

TEST(AtomicFile, AppearsWholeAtCommit) {
  const TempFolder folder;
  auto file = AtomicFile::create(folder / "a").value();
  ASSERT_THAT(file.write("one "), IsOk());
  ASSERT_THAT(file.write("two"), IsOk());
  EXPECT_EQ(file.size(), 7u);
  EXPECT_FALSE(fs::exists(folder / "a"));
  ASSERT_THAT(file.commit(), IsOk());
  EXPECT_EQ(folder.read("a"), "one two");
  EXPECT_THAT(folder.names(), ElementsAre("a"));
}

TEST(AtomicFile, LeavesNothingWhenNotCommitted) {
  const TempFolder folder;
  folder.write("a", "old");
  {
    auto file = AtomicFile::create(folder / "a").value();
    ASSERT_THAT(file.write("new"), IsOk());
    EXPECT_EQ(folder.names().size(), 2u);
  }
  EXPECT_EQ(folder.read("a"), "old");
  EXPECT_THAT(folder.names(), ElementsAre("a"));
}

TEST(AtomicFile, ReplacesAFileThatIsMapped) {
  const TempFolder folder;
  const auto mapped = MappedFile::open(folder.write("a", "old content")).value();
  auto file = AtomicFile::create(folder / "a").value();
  ASSERT_THAT(file.write("new"), IsOk());
  ASSERT_THAT(file.commit(), IsOk());
  EXPECT_EQ(folder.read("a"), "new");
  EXPECT_EQ(mapped->size(), 11u);
  EXPECT_EQ(mapped->bytes()[0], std::byte{'o'});
}

TEST(AtomicFile, HasThePermissionsOfTheUmaskOrOfTheFileItReplaces) {
  const TempFolder folder;
  const mode_t before = umask(027);
  auto fresh = AtomicFile::create(folder / "fresh").value();
  umask(before);
  ASSERT_THAT(fresh.commit(), IsOk());
  EXPECT_EQ(permissions_of(folder / "fresh"), 0640u);

  ASSERT_EQ(chmod(folder.write("old", "x").c_str(), 0604), 0);
  auto replaced = AtomicFile::create(folder / "old").value();
  ASSERT_THAT(replaced.commit(), IsOk());
  EXPECT_EQ(permissions_of(folder / "old"), 0604u);
  EXPECT_EQ(folder.read("old"), "");
}

TEST(AtomicFile, FollowsSymbolicLinks) {
  const TempFolder folder;
  folder.write("sub/real", "old");
  fs::create_symlink("sub/real", folder / "link");
  fs::create_symlink("link", folder / "link_to_link");
  fs::create_symlink("sub/fresh", folder / "dangling");
  for (const char* name : {"link_to_link", "dangling"}) {
    auto file = AtomicFile::create(folder / name).value();
    ASSERT_THAT(file.write("new"), IsOk());
    ASSERT_THAT(file.commit(), IsOk());
    EXPECT_TRUE(fs::is_symlink(folder / name));
  }
  EXPECT_EQ(folder.read("sub/real"), "new");
  EXPECT_EQ(folder.read("sub/fresh"), "new");
  fs::create_symlink("loop", folder / "loop");
  EXPECT_THAT(AtomicFile::create(folder / "loop"), IsError(ErrorKind::kIoError, "loop"));
}

TEST(AtomicFile, WritesBesideItsNameAlsoWithoutAFolderInIt) {
  const TempFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  auto file = AtomicFile::create("plain");
  ASSERT_THAT(file, IsOk());
  // The working folder may change before the commit.
  fs::current_path(before);
  ASSERT_THAT(file->commit(), IsOk());
  EXPECT_THAT(folder.names(), ElementsAre("plain"));
}

TEST(AtomicFile, RefusesTargetsThatCannotBeWritten) {
  const TempFolder folder;
  folder.write("file", "x");
  constexpr ErrorKind kBad = ErrorKind::kInvalidArgument;
  EXPECT_THAT(AtomicFile::create(folder.path()), IsError(kBad, "is a folder"));
  EXPECT_THAT(AtomicFile::create(folder / "."), IsError(kBad, "is a folder"));
  EXPECT_THAT(AtomicFile::create(folder.path().native() + "/"), IsError(kBad, "is a folder"));
  EXPECT_THAT(AtomicFile::create(""), IsError(kBad, "names no file"));
  EXPECT_THAT(AtomicFile::create(folder / "missing/a"), IsError(ErrorKind::kNotFound, "missing/a"));
  EXPECT_THAT(AtomicFile::create(folder / "file/a"), IsError(ErrorKind::kNotFound, "file/a"));
  EXPECT_THAT(folder.names(), ElementsAre("file"));
}

TEST(AtomicFile, NeedsTheRightToWrite) {
  const TempFolder folder;
  fs::permissions(folder.path(), fs::perms::all);
  const fs::path read_only = folder.write("read_only", "x");
  ASSERT_EQ(chmod(read_only.c_str(), 0444), 0);
  fs::create_directory(folder / "locked");
  ASSERT_EQ(chmod((folder / "locked").c_str(), 0555), 0);
  const WithoutRootRights limited;
  EXPECT_THAT(AtomicFile::create(read_only),
              IsError(ErrorKind::kIoError, "cannot replace \"" + read_only.native() + "\": Perm"));
  EXPECT_THAT(AtomicFile::create(folder / "locked/a"),
              IsError(ErrorKind::kIoError, "locked/a\": Permission denied"));
}

TEST(AtomicFile, LeavesNothingWhenTheDiskIsFull) {
  const TempFolder folder;
  folder.write("a", "old");
  {
    const FileSizeLimit limit(1000);
    auto file = AtomicFile::create(folder / "a").value();
    ASSERT_THAT(file.write(std::string(600, 'x')), IsOk());
    EXPECT_THAT(file.write(std::string(600, 'x')),
                IsError(ErrorKind::kIoError, "cannot write \"" + (folder / "a").native() + "\""));
    EXPECT_THAT(folder.names(), ElementsAre("a")) << "the temporary goes at once";
    EXPECT_THAT(file.write("x"), IsError(ErrorKind::kIoError, "failed before"));
    EXPECT_THAT(file.commit(), IsError(ErrorKind::kIoError, "failed before"));
  }
  EXPECT_EQ(folder.read("a"), "old");
}

TEST(AtomicFile, FailsOnAFullDevice) {
  auto file = AtomicFile::create("/dev/full");
  ASSERT_THAT(file, IsOk());
  EXPECT_THAT(file->write("x"), IsError(ErrorKind::kIoError, "\"/dev/full\": No space left"));
  EXPECT_FALSE(file->commit().ok());
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST(AtomicFile, WritesDevicesAndPipesDirectly) {
  auto null = AtomicFile::create("/dev/null").value();
  EXPECT_THAT(null.write("x"), IsOk());
  EXPECT_THAT(null.commit(), IsOk());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));

  const TempFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  Result<std::string> read = std::string();
  std::thread reader([&] { read = read_text_file(folder / "pipe"); });
  {
    auto pipe = AtomicFile::create(folder / "pipe").value();
    EXPECT_THAT(pipe.write("through"), IsOk());
    EXPECT_THAT(pipe.commit(), IsOk());
  }
  reader.join();
  EXPECT_THAT(read, IsOkAndHolds("through"));
  EXPECT_TRUE(fs::is_fifo(folder / "pipe"));
}

TEST(AtomicFile, AppendsToAnOpenFileNamedThroughProc) {
  const TempFolder folder;
  const int descriptor = open(folder.write("out", "kept ").c_str(), O_WRONLY);
  ASSERT_GE(descriptor, 0);
  // What /dev/stdout is when stdout is a file.
  fs::create_symlink("/proc/self/fd/" + std::to_string(descriptor), folder / "stdout");
  auto file = AtomicFile::create(folder / "stdout").value();
  EXPECT_THAT(file.write("added"), IsOk());
  EXPECT_THAT(file.commit(), IsOk());
  close(descriptor);
  EXPECT_EQ(folder.read("out"), "kept added");
  EXPECT_EQ(folder.names().size(), 2u);
}

TEST(AtomicFile, MovesWithItsTemporary) {
  const TempFolder folder;
  auto first = AtomicFile::create(folder / "first").value();
  auto second = AtomicFile::create(folder / "second").value();
  ASSERT_THAT(second.write("2"), IsOk());
  first = std::move(second);
  EXPECT_EQ(folder.names().size(), 1u) << "the temporary of the first is gone";
  ASSERT_THAT(first.commit(), IsOk());
  EXPECT_THAT(folder.names(), ElementsAre("second"));
  EXPECT_THAT(first.commit(), IsError(ErrorKind::kIoError, "was committed"));
}

TEST(AtomicFile, ReportsATargetThatBecameAFolder) {
  const TempFolder folder;
  auto file = AtomicFile::create(folder / "a").value();
  fs::create_directory(folder / "a");
  EXPECT_THAT(file.commit(), IsError(ErrorKind::kIoError, "/a\""));
  EXPECT_THAT(folder.names(), ElementsAre("a"));
  EXPECT_TRUE(fs::is_directory(folder / "a"));
}

}  // namespace
}  // namespace tenon::internal
