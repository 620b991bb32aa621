#include "base/time_text.h"

#include <gtest/gtest.h>

namespace loadcurve {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

TimePoint At(std::int64_t epoch_seconds) {
  return TimePoint(seconds(epoch_seconds));
}

TEST(ParseTime, ReadsEveryCommonWayToWriteOneInstant) {
  // 2026-10-10T13:55:36Z = 20736 days * 86400 + 13 * 3600 + 55 * 60 + 36.
  const TimePoint expected = At(1791640536);
  for (const char* text :
       {"2026-10-10T13:55:36Z", "2026-10-10 13:55:36", "2026-10-10t13:55:36z",
        "2026-10-10T15:55:36+02:00", "2026-10-10T09:25:36-0430", "1791640536", "1791640536000"})
    EXPECT_EQ(ParseTime(text), expected) << text;
}

TEST(ParseTime, KeepsFractionsToTheMicrosecond) {
  EXPECT_EQ(ParseTime("1970-01-01T00:00:01.25Z"), At(1) + microseconds(250'000));
  EXPECT_EQ(ParseTime("1791640536.000001"), At(1791640536) + microseconds(1));
  EXPECT_EQ(ParseTime("1970-01-01 00:00:00.1234567"), At(0) + microseconds(123'456));
}

TEST(ParseTime, ReadsADateAloneAsItsMidnight) {
  EXPECT_EQ(ParseTime("1970-01-02"), At(86400));
  EXPECT_EQ(ParseTime("1970-01-02 00:01"), At(86460));
}

TEST(ParseTime, NamesTheTextItCannotRead) {
  for (const char* text : {"", "yesterday", "2026-13-01", "2026-02-30", "2026-10-10T25:00:00Z",
                           "2026-10-10T13:55:36Q", "12", "2026-10-10T13:55:36+99:00"}) {
    const auto time = ParseTime(text);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(time.error().message.find("'" + std::string(text) + "'"), std::string::npos);
  }
}

TEST(ToRfc3339, PrintsWhatParseTimeReads) {
  for (const std::int64_t us : {0LL, 1LL, 951'782'400'000'000LL, 1'791'640'536'250'000LL}) {
    const TimePoint time{microseconds(us)};
    EXPECT_EQ(ParseTime(ToRfc3339(time)), time) << us;
  }
  EXPECT_EQ(ToRfc3339(At(1791640536)), "2026-10-10T13:55:36Z");
  EXPECT_EQ(ToRfc3339(At(0) + microseconds(250'000)), "1970-01-01T00:00:00.25Z");
}

TEST(ParseDuration, ReadsANumberAndAUnit) {
  EXPECT_EQ(ParseDuration("60s"), seconds(60));
  EXPECT_EQ(ParseDuration("1.5h"), seconds(5400));
  EXPECT_EQ(ParseDuration("250ms"), microseconds(250'000));
  EXPECT_EQ(ParseDuration("7d"), seconds(7 * 86400));
}

TEST(ParseDuration, RefusesAGuess) {
  for (const char* text : {"", "60", "s", "-1s", "1 s", "1sec", "nan s", "1e30h"})
    EXPECT_FALSE(ParseDuration(text)) << text;
}

TEST(DurationToString, IsTheShortestFormThatReadsBack) {
  EXPECT_EQ(ToString(Duration(seconds(60))), "1m");
  EXPECT_EQ(ToString(Duration(seconds(90))), "90s");
  EXPECT_EQ(ToString(microseconds(1500)), "1500us");
  EXPECT_EQ(ToString(Duration(0)), "0s");
}

}  // namespace
}  // namespace loadcurve
