#include "adapters/logs/local_time.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace loadcurve::logs {
namespace {

TimePoint At(std::string_view text) {
  return ParseTime(text).value();
}

LocalTime Berlin() {
  return LocalTime::Make("Europe/Berlin").value();
}

TEST(LocalTime, IsUtcUnlessAZoneIsGiven) {
  for (const char* name : {"", "UTC"}) {
    LocalTime utc = LocalTime::Make(name).value();
    EXPECT_TRUE(utc.IsUtc());
    EXPECT_EQ(utc.ToUtc(At("2026-07-01 12:00")), At("2026-07-01 12:00"));
  }
}

TEST(LocalTime, KnowsSummerFromWinter) {
  LocalTime berlin = Berlin();
  EXPECT_FALSE(berlin.IsUtc());
  EXPECT_EQ(berlin.ToUtc(At("2026-07-01 12:00")), At("2026-07-01 10:00"));
  EXPECT_EQ(berlin.ToUtc(At("2026-12-01 12:00")), At("2026-12-01 11:00"));
}

// On 2026-10-25 Berlin's clocks show 02:00 to 03:00 twice: from 00:00Z and from 01:00Z.
TEST(LocalTime, KeepsTheOrderOfTheHourThatComesTwice) {
  LocalTime berlin = Berlin();
  EXPECT_EQ(berlin.ToUtc(At("2026-10-25 01:59:59")), At("2026-10-24 23:59:59"));
  EXPECT_EQ(berlin.ToUtc(At("2026-10-25 02:10")), At("2026-10-25 00:10"));
  EXPECT_EQ(berlin.ToUtc(At("2026-10-25 02:59")), At("2026-10-25 00:59"));
  EXPECT_EQ(berlin.ToUtc(At("2026-10-25 02:57")), At("2026-10-25 00:57"));  // a late line
  EXPECT_EQ(berlin.ToUtc(At("2026-10-25 02:01")), At("2026-10-25 01:01"));
  EXPECT_EQ(berlin.ToUtc(At("2026-10-25 02:59")), At("2026-10-25 01:59"));
  EXPECT_EQ(berlin.ToUtc(At("2026-10-25 03:00")), At("2026-10-25 02:00"));
  EXPECT_EQ(berlin.ToUtc(At("2026-10-25 02:59")), At("2026-10-25 01:59"));  // a late line
}

TEST(LocalTime, TakesTheHourThatComesTwiceAsTheFirstWhereNothingElseIsKnown) {
  LocalTime berlin = Berlin();
  EXPECT_EQ(berlin.ToUtc(At("2026-10-25 02:30")), At("2026-10-25 00:30"));
}

TEST(LocalTime, ShiftsTheHourThatNoClockShowed) {
  LocalTime berlin = Berlin();  // 02:00 becomes 03:00 at 01:00Z on 2026-03-29
  EXPECT_EQ(berlin.ToUtc(At("2026-03-29 01:59")), At("2026-03-29 00:59"));
  EXPECT_EQ(berlin.ToUtc(At("2026-03-29 02:30")), At("2026-03-29 01:30"));
  EXPECT_EQ(berlin.ToUtc(At("2026-03-29 03:30")), At("2026-03-29 01:30"));
}

TEST(LocalTime, NamesAnUnknownZone) {
  const auto zone = LocalTime::Make("Europe/Atlantis");
  ASSERT_FALSE(zone);
  EXPECT_EQ(zone.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(zone.error().message.find("'Europe/Atlantis'"), std::string::npos);
}

}  // namespace
}  // namespace loadcurve::logs
