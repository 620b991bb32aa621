#include "adapters/logs/histogram_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace loadcurve::logs {
namespace {

using ::testing::HasSubstr;

RequestCounts Sample(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  auto counts = RequestCounts::Make(DurationBounds::Default(), std::chrono::seconds(10)).value();
  for (int i = 0; i < 500; ++i) {
    const auto series =
        counts.Intern("w" + std::to_string(random() % 2), "GET /\"" + std::to_string(random() % 3),
                      static_cast<RequestClass>(random() % 3));
    counts.Record(series, TimePoint(Duration(static_cast<std::int64_t>(random() % 900'000'000))),
                  Duration(static_cast<std::int64_t>(random() % 60'000'000)));
  }
  return counts;
}

TEST(HistogramFile, ReadsBackExactlyWhatItWrote) {
  const std::string text = WriteHistograms(Sample(1));
  const auto read = ParseHistograms(text, "h");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(WriteHistograms(*read), text);
}

TEST(HistogramFile, MergesAsTheCountsThemselvesDo) {
  RequestCounts whole = Sample(1);
  ASSERT_TRUE(whole.Merge(Sample(2)));
  RequestCounts parts = ParseHistograms(WriteHistograms(Sample(2)), "b").value();
  ASSERT_TRUE(parts.Merge(ParseHistograms(WriteHistograms(Sample(1)), "a").value()));
  EXPECT_EQ(WriteHistograms(parts), WriteHistograms(whole));
}

TEST(HistogramFile, NamesTheLineOfAFault) {
  EXPECT_THAT(ParseHistograms("", "h").error().message, HasSubstr("h is empty"));
  EXPECT_THAT(ParseHistograms("time,value\n", "h").error().message, HasSubstr("h:1"));
  EXPECT_THAT(ParseHistograms("{\"format\":\"other\"}\n", "h").error().message,
              HasSubstr("not a file of histograms"));
  std::string text = WriteHistograms(Sample(1));
  text += R"({"workload":"","route":"","class":"served","cells":[[1,99,1,1,0,0]]})";
  EXPECT_THAT(ParseHistograms(text, "h").error().message, HasSubstr("expected six numbers"));
}

}  // namespace
}  // namespace loadcurve::logs
