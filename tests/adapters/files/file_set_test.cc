#include "adapters/files/file_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch_folder.h"

namespace loadcurve::files {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Patterns(std::initializer_list<std::string> patterns) {
  return patterns;
}

TEST(ExpandPaths, ExpandsPatternsAndKeepsTheOrderGiven) {
  const ScratchFolder scratch;
  const std::string b = scratch.Write("b.log", "");
  const std::string a = scratch.Write("a.log", "");
  const std::string z = scratch.Write("z.txt", "");
  EXPECT_THAT(ExpandPaths(Patterns({z, scratch.Path("*.log"), "-"})).value(),
              ElementsAre(z, a, b, "-"));
}

TEST(ExpandPaths, NamesAFileOnceHoweverOftenItIsGiven) {
  const ScratchFolder scratch;
  const std::string a = scratch.Write("a.log", "");
  std::filesystem::create_symlink(a, scratch.Path("same.log"));
  EXPECT_THAT(ExpandPaths(Patterns({a, scratch.Path("*.log"), scratch.Path("./a.log")})).value(),
              ElementsAre(a));
}

TEST(ExpandPaths, TakesANameWithPatternSignsAsItIsWhenItExists) {
  const ScratchFolder scratch;
  const std::string odd = scratch.Write("a[1].log", "");
  scratch.Write("a1.log", "");
  EXPECT_THAT(ExpandPaths(Patterns({odd})).value(), ElementsAre(odd));
}

TEST(ExpandPaths, SkipsFoldersThatAPatternMatches) {
  const ScratchFolder scratch;
  const std::string a = scratch.Write("a", "");
  std::filesystem::create_directory(scratch.Path("folder"));
  EXPECT_THAT(ExpandPaths(Patterns({scratch.Path("*")})).value(), ElementsAre(a));
}

TEST(ExpandPaths, NamesWhatIsAbsent) {
  const ScratchFolder scratch;
  const auto pattern = ExpandPaths(Patterns({scratch.Path("*.log")}));
  ASSERT_FALSE(pattern);
  EXPECT_EQ(pattern.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(pattern.error().message, HasSubstr("*.log: no file matches"));
  const auto file = ExpandPaths(Patterns({scratch.Path("a.log")}));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kNotFound);
  const auto folder = ExpandPaths(Patterns({scratch.Path("")}));
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace loadcurve::files
