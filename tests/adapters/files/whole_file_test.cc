#include "adapters/files/whole_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/scratch_folder.h"

namespace loadcurve::files {
namespace {

std::size_t FilesIn(const std::string& folder) {
  const std::filesystem::directory_iterator files(folder);
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST(WriteFileAtomically, WritesANewFileAndReplacesAnOldOne) {
  const ScratchFolder scratch;
  ASSERT_TRUE(WriteFileAtomically(scratch.Path("a"), "one"));
  EXPECT_EQ(scratch.Read("a"), "one");
  ASSERT_TRUE(WriteFileAtomically(scratch.Path("a"), "two, longer"));
  EXPECT_EQ(scratch.Read("a"), "two, longer");
  EXPECT_EQ(FilesIn(scratch.Path("")), 1U);
}

TEST(WriteFileAtomically, KeepsTheModeOfWhatItReplaces) {
  const ScratchFolder scratch;
  const std::string path = scratch.Write("secret", "old");
  chmod(path.c_str(), 0640);
  ASSERT_TRUE(WriteFileAtomically(path, "new"));
  struct stat status {};
  stat(path.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST(WriteFileAtomically, FollowsASymbolicLink) {
  const ScratchFolder scratch;
  scratch.Write("real", "old");
  std::filesystem::create_symlink("real", scratch.Path("link"));
  ASSERT_TRUE(WriteFileAtomically(scratch.Path("link"), "new"));
  EXPECT_EQ(scratch.Read("real"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(scratch.Path("link")));
}

TEST(WriteFileAtomically, WritesADeviceAsItStands) {
  ASSERT_TRUE(WriteFileAtomically("/dev/null", "gone"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(WriteFileAtomically, NamesAFolderThatIsAbsentAndADirectory) {
  const ScratchFolder scratch;
  const auto absent = WriteFileAtomically(scratch.Path("no/such"), "x");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(absent.error().message, testing::HasSubstr("no/such"));
  const auto directory = WriteFileAtomically(scratch.Path(""), "x");
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::kInvalidArgument);
}

TEST(ReadWholeFile, EndsWhereADeviceDoesNot) {
  const auto read = ReadWholeFile("/dev/zero");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(read.error().message, testing::StartsWith("/dev/zero: is a device"));
  EXPECT_EQ(ReadWholeFile("/dev/null"), "");
}

TEST(ReadWholeFile, ReadsWhatWasWritten) {
  const ScratchFolder scratch;
  const std::string content(700'001, 'z');
  ASSERT_TRUE(WriteFileAtomically(scratch.Path("z"), content));
  EXPECT_EQ(ReadWholeFile(scratch.Path("z")), content);
}

}  // namespace
}  // namespace loadcurve::files
