#include "adapters/logs/field_text.h"

#include <gtest/gtest.h>

#include <string>

#include "base/time_text.h"

namespace loadcurve::logs {
namespace {

// The microseconds read, or -1 for an absent and -2 for a wrong text.
std::int64_t Microseconds(std::string_view text, TimeUnit unit) {
  Duration duration{0};
  switch (ReadDuration(text, unit, duration)) {
    case FieldState::kRead:
      return duration.count();
    case FieldState::kAbsent:
      return -1;
    case FieldState::kWrong:
      return -2;
  }
  return -3;
}

std::string Instant(std::string_view text, TimeUnit unit = TimeUnit::kUnknown) {
  TimePoint time;
  return ReadTime(text, unit, time) == FieldState::kRead ? ToRfc3339(time) : "not read";
}

TEST(ReadDuration, TakesTheUnitItIsGiven) {
  EXPECT_EQ(Microseconds("0.123", TimeUnit::kSeconds), 123'000);
  EXPECT_EQ(Microseconds("12", TimeUnit::kMilliseconds), 12'000);
  EXPECT_EQ(Microseconds("12.5", TimeUnit::kMilliseconds), 12'500);
  EXPECT_EQ(Microseconds("250", TimeUnit::kMicroseconds), 250);
  EXPECT_EQ(Microseconds("1500", TimeUnit::kNanoseconds), 2);
  EXPECT_EQ(Microseconds("1499", TimeUnit::kNanoseconds), 1);
}

TEST(ReadDuration, RoundsToTheNearestMicrosecond) {
  EXPECT_EQ(Microseconds("0.0000004", TimeUnit::kSeconds), 0);
  EXPECT_EQ(Microseconds("0.0000005", TimeUnit::kSeconds), 1);
  EXPECT_EQ(Microseconds("1.2e-05", TimeUnit::kSeconds), 12);
}

TEST(ReadDuration, PrefersTheUnitInTheText) {
  EXPECT_EQ(Microseconds("1.5ms", TimeUnit::kSeconds), 1'500);
  EXPECT_EQ(Microseconds("0.25s", TimeUnit::kUnknown), 250'000);
  EXPECT_EQ(Microseconds("1m2.5s", TimeUnit::kUnknown), 62'500'000);
  EXPECT_EQ(Microseconds("12\xC2\xB5s", TimeUnit::kUnknown), 12);
  EXPECT_EQ(Microseconds("3 ms", TimeUnit::kUnknown), 3'000);
}

TEST(ReadDuration, RefusesABareNumberWithoutUnit) {
  EXPECT_EQ(Microseconds("12", TimeUnit::kUnknown), -2);
  EXPECT_EQ(Microseconds("12", TimeUnit::kText), -2);
}

TEST(ReadDuration, TellsAbsentFromWrong) {
  EXPECT_EQ(Microseconds("", TimeUnit::kSeconds), -1);
  EXPECT_EQ(Microseconds("-", TimeUnit::kSeconds), -1);
  EXPECT_EQ(Microseconds("null", TimeUnit::kSeconds), -1);
  for (const char* text : {"abc", "1.2.3", ".", "1e", "nan", "inf", "0x1p3", "12 parsecs", "--1"})
    EXPECT_EQ(Microseconds(text, TimeUnit::kSeconds), -2) << text;
}

TEST(ReadDuration, KeepsTheSign) {
  EXPECT_EQ(Microseconds("-0.5", TimeUnit::kSeconds), -500'000);
}

TEST(ReadDuration, RefusesMoreThanAHundredYears) {
  EXPECT_EQ(Microseconds("3155760000", TimeUnit::kSeconds), 3'155'760'000'000'000);
  EXPECT_EQ(Microseconds("3155760001", TimeUnit::kSeconds), -2);
  EXPECT_EQ(Microseconds("999999999999999999", TimeUnit::kSeconds), -2);
  EXPECT_EQ(Microseconds("9999999999999999999999", TimeUnit::kNanoseconds), -2);
  EXPECT_EQ(Microseconds("1e300", TimeUnit::kSeconds), -2);
}

TEST(ReadDurationList, AddsUpRetries) {
  Duration duration{0};
  EXPECT_EQ(ReadDurationList("0.010, 0.020 : 0.005", TimeUnit::kSeconds, duration),
            FieldState::kRead);
  EXPECT_EQ(duration.count(), 35'000);
}

TEST(ReadDurationList, CountsADashAsNothing) {
  Duration duration{0};
  EXPECT_EQ(ReadDurationList("-, 0.020", TimeUnit::kSeconds, duration), FieldState::kRead);
  EXPECT_EQ(duration.count(), 20'000);
  EXPECT_EQ(ReadDurationList("-, -", TimeUnit::kSeconds, duration), FieldState::kAbsent);
  EXPECT_EQ(ReadDurationList("0.1, x", TimeUnit::kSeconds, duration), FieldState::kWrong);
}

TEST(ReadTime, ReadsTheFormsThatLogsHave) {
  EXPECT_EQ(Instant("2026-10-10T13:55:36Z"), "2026-10-10T13:55:36Z");
  EXPECT_EQ(Instant("2026-10-10T13:55:36.123456789Z"), "2026-10-10T13:55:36.123456Z");
  EXPECT_EQ(Instant("2026-10-10T13:55:36+02:00"), "2026-10-10T11:55:36Z");
  EXPECT_EQ(Instant("2026-10-10T13:55:36-0530"), "2026-10-10T19:25:36Z");
  EXPECT_EQ(Instant("2026-10-10 13:55:36"), "2026-10-10T13:55:36Z");
  EXPECT_EQ(Instant("10/Oct/2026:13:55:36 +0200"), "2026-10-10T11:55:36Z");
}

TEST(ReadTime, TellsEpochUnitsApartBySize) {
  EXPECT_EQ(Instant("1791640536"), "2026-10-10T13:55:36Z");
  EXPECT_EQ(Instant("1791640536.25"), "2026-10-10T13:55:36.25Z");
  EXPECT_EQ(Instant("1791640536250"), "2026-10-10T13:55:36.25Z");
  EXPECT_EQ(Instant("1791640536250000"), "2026-10-10T13:55:36.25Z");
  EXPECT_EQ(Instant("1791640536250000000"), "2026-10-10T13:55:36.25Z");
}

TEST(ReadTime, TakesTheUnitItIsGiven) {
  EXPECT_EQ(Instant("60000", TimeUnit::kMilliseconds), "1970-01-01T00:01:00Z");
  EXPECT_EQ(Instant("60", TimeUnit::kSeconds), "1970-01-01T00:01:00Z");
  EXPECT_EQ(Instant("60", TimeUnit::kText), "not read");
}

TEST(ReadTime, RefusesWhatIsNoTime) {
  for (const char* text :
       {"soon", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-10-10T25:00:00Z",
        "10/Foo/2026:13:55:36 +0200", "99999999999999999999", "1.2.3", "2026-10-10T13:55:36.Z"})
    EXPECT_EQ(Instant(text), "not read") << text;
}

TEST(ReadGrpcStatus, ReadsNumbersAndNames) {
  for (const auto& [text, expected] :
       {std::pair("14", 14), std::pair("UNAVAILABLE", 14), std::pair("Unavailable", 14),
        std::pair("OK", 0), std::pair("DeadlineExceeded", 4), std::pair("DATA_LOSS", 15),
        std::pair("Canceled", 1)}) {
    int status = -1;
    EXPECT_EQ(ReadGrpcStatus(text, status), FieldState::kRead) << text;
    EXPECT_EQ(status, expected) << text;
  }
  int status = -1;
  EXPECT_EQ(ReadGrpcStatus("-", status), FieldState::kAbsent);
  EXPECT_EQ(ReadGrpcStatus("FINE", status), FieldState::kWrong);
}

TEST(SplitRequestLine, KeepsSpacesOfTheTargetAndAllowsNoProtocol) {
  std::string_view method;
  std::string_view target;
  SplitRequestLine("GET /a b HTTP/1.1", method, target);
  EXPECT_EQ(method, "GET");
  EXPECT_EQ(target, "/a b");
  SplitRequestLine("GET /old", method, target);
  EXPECT_EQ(method, "GET");
  EXPECT_EQ(target, "/old");
  SplitRequestLine("\x16\x03\x01", method, target);
  EXPECT_EQ(method, "");
  EXPECT_EQ(target, "\x16\x03\x01");
}

TEST(LineCursor, TakesWordsQuotesAndBrackets) {
  LineCursor cursor(R"([a b] "c \" d" e)");
  std::string_view text;
  ASSERT_TRUE(cursor.TakeBracketed(text));
  EXPECT_EQ(text, "a b");
  ASSERT_TRUE(cursor.TakeQuoted(text));
  EXPECT_EQ(text, R"(c \" d)");
  ASSERT_TRUE(cursor.TakeWord(text));
  EXPECT_EQ(text, "e");
  EXPECT_TRUE(cursor.AtEnd());
  EXPECT_FALSE(cursor.TakeWord(text));
}

}  // namespace
}  // namespace loadcurve::logs
