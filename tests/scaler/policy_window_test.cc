#include "scaler/policy_window.h"

#include <gtest/gtest.h>

#include "tests/support/time_zones.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

PolicyWindow Window(const char* cron, ZoneOffsets zone, Duration duration) {
  return {"w", Recurrence{CronTimes::Parse(cron).value(), std::move(zone), duration}};
}

// The start of the span at a time, "" where there is none.
std::string StartAt(const PolicyWindow& window, std::string_view time) {
  const auto span = SpanAt(window, At(time));
  return span ? ToRfc3339(span->from) : "";
}

std::string NextAfter(const PolicyWindow& window, std::string_view time) {
  const auto span = NextSpan(window, At(time), At(time) + hours(48));
  return span ? ToRfc3339(span->from) : "";
}

TEST(SpanAt, HoldsFromTheStartUpToTheEnd) {
  const PolicyWindow window = Window("0 7 * * 1-5", ZoneOffsets(), hours(12));
  EXPECT_EQ(StartAt(window, "2026-11-27T06:59:59Z"), "");
  EXPECT_EQ(StartAt(window, "2026-11-27T07:00:00Z"), "2026-11-27T07:00:00Z");
  EXPECT_EQ(StartAt(window, "2026-11-27T18:59:59Z"), "2026-11-27T07:00:00Z");
  EXPECT_EQ(StartAt(window, "2026-11-27T19:00:00Z"), "");
  EXPECT_EQ(StartAt(window, "2026-11-28T08:00:00Z"), "");  // a Saturday
}

TEST(SpanAt, LastsOverMidnightAndOverMonths) {
  const PolicyWindow night = Window("30 22 31 12 *", ZoneOffsets(), hours(24 * 31));
  EXPECT_EQ(StartAt(night, "2026-01-31T22:29:00Z"), "2025-12-31T22:30:00Z");
  EXPECT_EQ(StartAt(night, "2026-01-31T22:30:00Z"), "");
}

TEST(SpanAt, TakesTheLatestOfSpansThatOverlap) {
  const PolicyWindow window = Window("0 * * * *", ZoneOffsets(), minutes(90));
  EXPECT_EQ(StartAt(window, "2026-11-27T09:10:00Z"), "2026-11-27T09:00:00Z");
}

TEST(SpanAt, HoldsOnceFromUntil) {
  PolicyWindow window{"sale"};
  window.once = {At("2026-11-27T00:00:00Z"), At("2026-11-28T00:00:00Z")};
  EXPECT_EQ(StartAt(window, "2026-11-26T23:59:59Z"), "");
  EXPECT_EQ(StartAt(window, "2026-11-27T00:00:00Z"), "2026-11-27T00:00:00Z");
  EXPECT_EQ(StartAt(window, "2026-11-28T00:00:00Z"), "");
  EXPECT_EQ(NextAfter(window, "2026-11-26T23:00:00Z"), "2026-11-27T00:00:00Z");
  EXPECT_EQ(NextAfter(window, "2026-11-27T00:00:00Z"), "");
}

TEST(NextSpan, IsTheFirstThatBeginsLater) {
  const PolicyWindow window = Window("0 7 * * 1-5", ZoneOffsets(), hours(12));
  EXPECT_EQ(NextAfter(window, "2026-11-26T06:59:00Z"), "2026-11-26T07:00:00Z");
  EXPECT_EQ(NextAfter(window, "2026-11-26T07:00:00Z"), "2026-11-27T07:00:00Z");
  EXPECT_EQ(NextAfter(window, "2026-11-27T07:00:00Z"), "");  // Monday is too far
}

TEST(SpanAt, FollowsTheClocksOfItsZoneThroughTheYear) {
  const PolicyWindow berlin = Window("0 7 * * *", Berlin(), hours(1));
  EXPECT_EQ(StartAt(berlin, "2026-03-28T06:30:00Z"), "2026-03-28T06:00:00Z");
  EXPECT_EQ(StartAt(berlin, "2026-03-29T05:30:00Z"), "2026-03-29T05:00:00Z");  // summer time
  EXPECT_EQ(StartAt(berlin, "2026-10-24T05:30:00Z"), "2026-10-24T05:00:00Z");
  EXPECT_EQ(StartAt(berlin, "2026-10-25T06:30:00Z"), "2026-10-25T06:00:00Z");
  const PolicyWindow new_york = Window("0 7 * * *", NewYork(), hours(1));
  EXPECT_EQ(StartAt(new_york, "2026-03-07T12:30:00Z"), "2026-03-07T12:00:00Z");
  EXPECT_EQ(StartAt(new_york, "2026-03-08T11:30:00Z"), "2026-03-08T11:00:00Z");
  EXPECT_EQ(StartAt(new_york, "2026-11-01T12:30:00Z"), "2026-11-01T12:00:00Z");
}

TEST(SpanAt, BeginsWhenClocksArePutForwardOverItsStart) {
  // 02:30 is not shown in Berlin on 29 March: at 02:00 it is 03:00.
  const PolicyWindow berlin = Window("30 2 * * *", Berlin(), hours(1));
  EXPECT_EQ(NextAfter(berlin, "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00Z");
  EXPECT_EQ(NextAfter(berlin, "2026-03-29T01:00:00Z"), "2026-03-30T00:30:00Z");
  const PolicyWindow new_york = Window("30 2 8 3 *", NewYork(), hours(1));
  EXPECT_EQ(StartAt(new_york, "2026-03-08T07:10:00Z"), "2026-03-08T07:00:00Z");
}

TEST(SpanAt, BeginsOnceWhereClocksShowItsStartTwice) {
  // 02:30 is shown in Berlin at 00:30 and at 01:30 UTC on 25 October.
  const PolicyWindow berlin = Window("30 2 * * *", Berlin(), minutes(30));
  EXPECT_EQ(NextAfter(berlin, "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
  EXPECT_EQ(NextAfter(berlin, "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
  EXPECT_EQ(StartAt(berlin, "2026-10-25T01:40:00Z"), "");
  const PolicyWindow new_york = Window("30 1 * * *", NewYork(), minutes(30));
  EXPECT_EQ(NextAfter(new_york, "2026-10-31T12:00:00Z"), "2026-11-01T05:30:00Z");
  EXPECT_EQ(StartAt(new_york, "2026-11-01T06:40:00Z"), "");
}

TEST(SpanAt, FollowsTheClockWhereItStartsEveryHour) {
  const PolicyWindow berlin = Window("30 * * * *", Berlin(), minutes(5));
  // In spring no half past two, in autumn two of them.
  EXPECT_EQ(NextAfter(berlin, "2026-03-29T00:30:00Z"), "2026-03-29T01:30:00Z");
  EXPECT_EQ(StartAt(berlin, "2026-03-29T01:00:00Z"), "");
  EXPECT_EQ(NextAfter(berlin, "2026-10-25T00:30:00Z"), "2026-10-25T01:30:00Z");
}

TEST(SpanAt, LastsAsLongAsStatedThoughClocksChange) {
  // From 20:00 on Saturday for 12 hours: to 09:00 in spring, to 07:00 in autumn.
  const PolicyWindow berlin = Window("0 20 * * sat", Berlin(), hours(12));
  EXPECT_EQ(SpanAt(berlin, At("2026-03-28T22:00:00Z"))->until, At("2026-03-29T07:00:00Z"));
  EXPECT_EQ(SpanAt(berlin, At("2026-10-24T22:00:00Z"))->until, At("2026-10-25T06:00:00Z"));
}

TEST(SpanAt, FindsWhatBeganOnTheDayThatClocksWerePutBackFrom) {
  // At midnight clocks go back to 23:00 of the day before, as in Havana.
  const auto zone =
      ZoneOffsets::Make("Back/Home", hours(1), {{At("2026-11-01T00:00:00Z"), hours(0)}});
  // 00:15 on the first was shown at 23:15 UTC, before 23:30 came again.
  const PolicyWindow window = Window("15 0 1 11 *", *zone, hours(2));
  EXPECT_EQ(StartAt(window, "2026-11-01T00:30:00Z"), "2026-10-31T23:15:00Z");
}

TEST(ZoneOffsets, RefusesATableOutOfOrder) {
  EXPECT_FALSE(ZoneOffsets::Make(
      "X", hours(0),
      {{At("2026-03-29T01:00:00Z"), hours(1)}, {At("2026-03-29T01:00:00Z"), hours(2)}}));
  EXPECT_FALSE(ZoneOffsets::Make("X", hours(27), {}));
}

}  // namespace
}  // namespace loadcurve
