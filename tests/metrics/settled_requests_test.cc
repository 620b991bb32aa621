#include "metrics/settled_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace loadcurve {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;

// A request in each of the first ten windows, but for the third, which was idle.
MeasuredRequests TenWindows(Duration step) {
  MeasuredRequests measured{RequestCounts::Make(DurationBounds::Default(), step).value()};
  const auto series = measured.counts.Intern("w", "", RequestClass::kServed);
  for (int i = 0; i < 10; ++i) {
    if (i == 2) continue;
    measured.counts.Record(series, TimePoint(step * i + seconds(1)), seconds(1));
  }
  measured.idle_windows = {2};
  return measured;
}

std::set<std::int64_t> WindowsOf(const MeasuredRequests& measured) {
  std::set<std::int64_t> windows(measured.idle_windows.begin(), measured.idle_windows.end());
  measured.counts.ForEach([&](const auto& entry) { windows.insert(entry.window); });
  return windows;
}

TEST(Settled, WaitsFiveMinutesAfterTheEndOfAShortWindow) {
  const MeasuredRequests measured = TenWindows(minutes(1));
  const TimePoint end(minutes(10));
  EXPECT_THAT(WindowsOf(Settled(measured, end).value()), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Settled(measured, end)->idle_windows, ElementsAre(2));
  EXPECT_THAT(WindowsOf(Settled(measured, TimePoint(minutes(8)) - Duration(1)).value()),
              ElementsAre(0, 1));
}

TEST(Settled, WaitsForALongWindowAsLongAsRequestsLast) {
  MeasuredRequests measured = TenWindows(minutes(15));
  EXPECT_EQ(WindowsOf(Settled(measured, TimePoint(minutes(150))).value()).size(), 10U);
  measured.settling = seconds(30);
  EXPECT_EQ(WindowsOf(Settled(measured, TimePoint(minutes(150))).value()).size(), 9U);
}

TEST(Settled, LeavesOutWhatWasHeardInPart) {
  MeasuredRequests measured = TenWindows(minutes(1));
  measured.partial_windows = {{0, Ratio(0.5)}, {1, Ratio(0.95)}, {2, Ratio(0)}};
  EXPECT_THAT(WindowsOf(Settled(measured, TimePoint(minutes(9))).value()), ElementsAre(1, 3));
}

}  // namespace
}  // namespace loadcurve
