#include "adapters/files/byte_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "adapters/files/whole_file.h"
#include "tests/support/compressed.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve::files {
namespace {

using testing::HasSubstr;

// Compresses badly, so that it spans many stored buffers.
std::string Noise(std::size_t size) {
  std::mt19937 random(7);
  std::string noise(size, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  return noise;
}

struct Packer {
  const char* name;
  std::function<std::string(std::string)> pack;
};

const Packer kPackers[] = {{"gzip", Gzipped}, {"zstd", Zstandard}, {"xz", Xz}};

TEST(OpenBytes, ReadsPlainAndCompressedFilesWhateverTheirNames) {
  const ScratchFolder scratch;
  const std::string noise = Noise(300'000);
  EXPECT_EQ(ReadWholeFile(scratch.Write("plain.gz", noise)), noise);
  for (const Packer& packer : kPackers)
    EXPECT_EQ(ReadWholeFile(scratch.Write("plain.log", packer.pack(noise))), noise) << packer.name;
}

TEST(OpenBytes, ReadsPartsThatFollowOneAnotherAsOne) {
  const ScratchFolder scratch;
  for (const Packer& packer : kPackers) {
    const std::string twice = packer.pack("one\n") + packer.pack("two\n");
    EXPECT_EQ(ReadWholeFile(scratch.Write("twice", twice)), "one\ntwo\n") << packer.name;
  }
}

TEST(OpenBytes, ReadsTheSameInSteps) {
  const ScratchFolder scratch;
  const std::string noise = Noise(5'000);
  for (const Packer& packer : kPackers) {
    const auto source = OpenBytes(scratch.Write("steps", packer.pack(noise))).value();
    std::string all;
    char step[7];
    while (const std::size_t got = source->Read(step).value()) all.append(step, got);
    EXPECT_EQ(all, noise) << packer.name;
  }
}

TEST(OpenBytes, ReadsEmptyAndTinyFiles) {
  const ScratchFolder scratch;
  EXPECT_EQ(ReadWholeFile(scratch.Write("empty", "")), "");
  EXPECT_EQ(ReadWholeFile(scratch.Write("tiny", "\x1f")), "\x1f");
  for (const Packer& packer : kPackers)
    EXPECT_EQ(ReadWholeFile(scratch.Write("packed", packer.pack(""))), "") << packer.name;
}

TEST(OpenBytes, SkipsZeroPaddingAfterGzip) {
  const ScratchFolder scratch;
  EXPECT_EQ(ReadWholeFile(scratch.Write("padded", Gzipped("a") + std::string(512, '\0'))), "a");
}

TEST(OpenBytes, NamesTheFileAndTheOffsetWhereItIsCutShort) {
  const ScratchFolder scratch;
  for (const Packer& packer : kPackers) {
    const std::string whole = packer.pack(Noise(100'000));
    const std::string path = scratch.Write("cut.log", whole.substr(0, 50'000));
    const auto content = ReadWholeFile(path);
    ASSERT_FALSE(content) << packer.name;
    EXPECT_EQ(content.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(content.error().message,
              path + ": " + packer.name + ": cut short: the file ends at byte 50000");
  }
}

TEST(OpenBytes, NamesTheFileThatIsCorrupt) {
  const ScratchFolder scratch;
  for (const Packer& packer : kPackers) {
    std::string whole = packer.pack(std::string(2'000, 'x') + Noise(2'000));
    for (std::size_t i = whole.size() / 2; i < whole.size() / 2 + 64; ++i) whole[i] ^= '\x55';
    const auto content = ReadWholeFile(scratch.Write("broken.log", whole));
    ASSERT_FALSE(content) << packer.name;
    EXPECT_EQ(content.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(content.error().message, HasSubstr("broken.log: " + std::string(packer.name)));
    EXPECT_THAT(content.error().message, HasSubstr("corrupt ("));
    EXPECT_THAT(content.error().message, HasSubstr(" at byte "));
  }
}

TEST(OpenBytes, TellsAbsentFilesFromDirectories) {
  const ScratchFolder scratch;
  const auto absent = OpenBytes(scratch.Path("absent.log"));
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(absent.error().message, HasSubstr("absent.log: cannot open: No such file"));
  const auto directory = OpenBytes(scratch.Path(""));
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(directory.error().message, HasSubstr("is a directory; expected a file"));
}

TEST(OpenBytes, CountsTheStoredBytesItHasTaken) {
  const ScratchFolder scratch;
  const std::string packed = Gzipped(std::string(1'000'000, 'a'));
  const auto source = OpenBytes(scratch.Write("a.gz", packed)).value();
  std::vector<char> all(1'000'001);
  EXPECT_EQ(ReadFully(*source, all), 1'000'000U);
  EXPECT_EQ(source->StoredBytesRead(), packed.size());
}

TEST(Rejoined, GivesTheBeginningThenTheRest) {
  const ScratchFolder scratch;
  auto rest = OpenBytes(scratch.Write("rest", "def")).value();
  const auto source = Rejoined("abc", std::move(rest));
  std::string all(10, ' ');
  all.resize(ReadFully(*source, all).value());
  EXPECT_EQ(all, "abcdef");
}

}  // namespace
}  // namespace loadcurve::files
