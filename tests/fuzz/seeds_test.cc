// Every seed of the fuzzers, and pieces of it, through the parsers in the ordinary suite.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/feed_parser.h"

namespace loadcurve::logs {
namespace {

std::string Content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class FuzzSeeds : public testing::TestWithParam<std::string> {
 protected:
  std::filesystem::directory_iterator Seeds() const {
    return std::filesystem::directory_iterator(std::filesystem::path(LOADCURVE_SOURCE_DIR) /
                                               "tests/fuzz/seeds" / GetParam());
  }
};

TEST_P(FuzzSeeds, AreReadAndSomeAreRequests) {
  int requests = 0;
  for (const auto& seed : Seeds()) requests += FeedParser(GetParam(), Content(seed.path()));
  EXPECT_GT(requests, 0);
}

TEST_P(FuzzSeeds, AreReadWhenCutAnywhere) {
  for (const auto& seed : Seeds()) {
    const std::string content = Content(seed.path());
    for (std::size_t size = 0; size < content.size() && size < 1500; ++size)
      FeedParser(GetParam(), std::string_view(content).substr(0, size));
  }
}

TEST_P(FuzzSeeds, AreReadWithAnyByteReplaced) {
  for (const auto& seed : Seeds()) {
    std::string content = Content(seed.path());
    for (std::size_t at = 0; at < content.size() && at < 600; ++at) {
      const char kept = content[at];
      for (const char other : {'\0', '"', '\\', ' ', '-', '9', '\xFF'}) {
        content[at] = other;
        FeedParser(GetParam(), content);
      }
      content[at] = kept;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, FuzzSeeds, testing::ValuesIn(FuzzedFormats()),
                         [](const auto& format) { return format.param; });

}  // namespace
}  // namespace loadcurve::logs
