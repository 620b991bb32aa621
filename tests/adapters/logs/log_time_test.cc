#include "adapters/logs/log_time.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace loadcurve::logs {
namespace {

TimePoint At(std::string_view text) {
  return ParseTime(text).value();
}

TEST(LogTime, ReadsClfTimesInAnyOrder) {
  LogTime reader;
  TimePoint time;
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {"10/Oct/2026:13:55:36 +0000", "2026-10-10T13:55:36Z"},
           {"10/Oct/2026:13:55:59 +0000", "2026-10-10T13:55:59Z"},
           {"10/Oct/2026:13:55:59 +0200", "2026-10-10T11:55:59Z"},
           {"10/Oct/2026:13:56:00 +0200", "2026-10-10T11:56:00Z"},
           {"10/Oct/2026:13:55:36 +0000", "2026-10-10T13:55:36Z"},
           {"29/Feb/2024:00:00:00 -0330", "2024-02-29T03:30:00Z"},
           {"31/Dec/1999:23:59:60 +0000", "2000-01-01T00:00:00Z"}}) {
    ASSERT_TRUE(reader.ReadClf(text, time)) << text;
    EXPECT_EQ(time, At(expected)) << text;
  }
}

TEST(LogTime, RefusesWhatIsNoTimeAlsoAfterAGoodOne) {
  LogTime reader;
  TimePoint time;
  ASSERT_TRUE(reader.ReadClf("10/Oct/2026:13:55:36 +0000", time));
  for (const char* wrong :
       {"10/Oct/2026:13:55:61 +0000", "10/Oct/2026:13:55:70 +0000", "10/Oct/2026:13:55:3x +0000",
        "10/Oct/2026:13:60:36 +0000", "10/Oct/2026:24:55:36 +0000", "30/Feb/2026:13:55:36 +0000",
        "10/oct/2026:13:55:36 +0000", "10/Oct/2026:13:55:36  0000", "10/Oct/2026:13:55:36",
        "10/Oct/2026 13:55:36 +0000", ""})
    EXPECT_FALSE(reader.ReadClf(wrong, time)) << wrong;
}

TEST(LogTime, ReadsIso8601Times) {
  TimePoint time;
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {"2026-10-10T13:55:36+00:00", "2026-10-10T13:55:36Z"},
           {"2026-10-10T13:55:36Z", "2026-10-10T13:55:36Z"},
           {"2026-10-10T13:55:36.25-04:30", "2026-10-10T18:25:36.25Z"}}) {
    ASSERT_TRUE(LogTime::ReadIso8601(text, time)) << text;
    EXPECT_EQ(time, At(expected)) << text;
  }
  for (const char* wrong : {"2026-10-10T13:55:36", "2026-10-10 13:55:36Z", "2026-10-10T13:55:36Zx",
                            "2026-02-30T13:55:36Z", ""})
    EXPECT_FALSE(LogTime::ReadIso8601(wrong, time)) << wrong;
}

}  // namespace
}  // namespace loadcurve::logs
