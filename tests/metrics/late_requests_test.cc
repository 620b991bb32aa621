#include "metrics/late_requests.h"

#include <gtest/gtest.h>

namespace loadcurve {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

RequestCounts Counts() {
  return RequestCounts::Make(
             DurationBounds::Make({milliseconds(100), milliseconds(400), milliseconds(1600)})
                 .value(),
             minutes(1))
      .value();
}

void Add(RequestCounts& counts, std::int64_t window, Duration duration, std::uint64_t count,
         RequestClass kind = RequestClass::kServed) {
  const auto series = counts.Intern("shop", "GET /", kind);
  RequestCell cell;
  cell.count = count;
  cell.duration_us = count * static_cast<std::uint64_t>(duration.count());
  counts.AddCell(window, series, counts.bounds().BucketOf(duration), cell);
}

TEST(LateIn, CountsWhatEndedLaterThanTheTargetByWindow) {
  RequestCounts counts = Counts();
  Add(counts, 7, milliseconds(50), 90);
  Add(counts, 7, milliseconds(800), 10);
  Add(counts, 8, milliseconds(3000), 5);
  const auto late = LateIn(counts, milliseconds(400));
  ASSERT_EQ(late.size(), 2U);
  EXPECT_EQ(late.at(7).served, 100);
  EXPECT_EQ(late.at(7).late, 10);
  EXPECT_EQ(late.at(8).late, 5);
}

TEST(LateIn, SplitsABucketByTheLogarithm) {
  RequestCounts counts = Counts();
  Add(counts, 7, milliseconds(300), 100);
  // 200 is half way from 100 to 400.
  EXPECT_NEAR(LateIn(counts, milliseconds(200)).at(7).late, 50, 1e-9);
  EXPECT_EQ(LateIn(counts, milliseconds(50)).at(7).late, 100);
}

TEST(LateIn, PassesOverFailuresAndWhatIsHeldOpen) {
  RequestCounts counts = Counts();
  Add(counts, 7, milliseconds(800), 3);
  Add(counts, 7, milliseconds(800), 30, RequestClass::kError);
  Add(counts, 7, milliseconds(800), 300, RequestClass::kLongLived);
  EXPECT_EQ(LateIn(counts, milliseconds(400)).at(7).served, 3);
}

}  // namespace
}  // namespace loadcurve
