// Every seed of the fuzzer of HTTP/2, and pieces of it, in the ordinary suite.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/feed_dialogue.h"

namespace loadcurve::replay {
namespace {

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  const auto folder = std::filesystem::path(LOADCURVE_SOURCE_DIR) / "tests/fuzz/seeds/http2";
  for (const auto& seed : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(seed.path(), std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

TEST(Http2Seeds, AreReadAndSomeAreAnswers) {
  int answers = 0;
  for (const std::string& seed : Seeds()) answers += FeedDialogue(seed);
  EXPECT_GT(answers, 0);
}

TEST(Http2Seeds, AreReadWhenCutAnywhere) {
  for (const std::string& seed : Seeds())
    for (std::size_t size = 0; size < seed.size(); ++size)
      FeedDialogue(std::string_view(seed).substr(0, size));
}

TEST(Http2Seeds, AreReadWithAnyByteReplaced) {
  for (std::string seed : Seeds()) {
    for (char& byte : seed) {
      const char kept = byte;
      for (const char other : {'\x00', '\x01', '\x04', '\x07', '\x7F', '\xFF'}) {
        byte = other;
        FeedDialogue(seed);
      }
      byte = kept;
    }
  }
}

}  // namespace
}  // namespace loadcurve::replay
