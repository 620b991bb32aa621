#include "adapters/plot/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace loadcurve::plot {
namespace {

using std::chrono::seconds;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

TEST(RoundCeiling, IsTheNextRoundNumber) {
  EXPECT_DOUBLE_EQ(RoundCeiling(0.43), 0.5);
  EXPECT_DOUBLE_EQ(RoundCeiling(101), 120);
  EXPECT_DOUBLE_EQ(RoundCeiling(8.1), 10);
  EXPECT_DOUBLE_EQ(RoundCeiling(1000), 1000);
}

TEST(RoundCeiling, IsNeverBelowAndNeverTwiceTheValue) {
  for (double value = 1e-4; value < 1e7; value *= 1.07) {
    EXPECT_GE(RoundCeiling(value), value * (1 - 1e-9));
    EXPECT_LE(RoundCeiling(value), value * 1.5);
  }
}

TEST(RoundCeiling, IsOneWhereNothingIsToBeShown) {
  EXPECT_DOUBLE_EQ(RoundCeiling(0), 1);
  EXPECT_DOUBLE_EQ(RoundCeiling(kMissing), 1);
}

TEST(AxisNumber, IsShort) {
  EXPECT_EQ(AxisNumber(0.25), "0.25");
  EXPECT_EQ(AxisNumber(1500), "1500");
  EXPECT_EQ(AxisNumber(20'000), "20k");
  EXPECT_EQ(AxisNumber(1.25e6), "1.25M");
}

TEST(TimeTicks, StandAtRoundTimesWithinTheSpan) {
  // 00:00:07 to 00:01:07 with at most 5 ticks: every 15 s, at :15, :30, :45 and 1:00.
  const TimePoint start(seconds(7));
  const auto ticks = TimeTicks(start, start + seconds(60), 5);
  ASSERT_EQ(ticks.size(), 4U);
  EXPECT_EQ(ticks[0].label, "00:00:15");
  EXPECT_DOUBLE_EQ(ticks[0].position, 8.0 / 60);
  EXPECT_EQ(ticks[3].label, "00:01:00");
}

TEST(TimeTicks, AreAsCoarseAsTheSpanNeeds) {
  const TimePoint start(seconds(0));
  EXPECT_EQ(TimeTicks(start, start + std::chrono::hours(24), 5).back().label, "00:00");
  EXPECT_EQ(TimeTicks(start, start + std::chrono::hours(24 * 20), 5).back().label, "01-15");
}

TEST(TimeTicks, AreNeverMoreThanAskedFor) {
  const TimePoint start(seconds(1'700'000'123));
  for (std::int64_t span = 1; span < 400'000'000; span = span * 3 / 2 + 1) {
    for (int most = 1; most < 12; ++most)
      EXPECT_LE(TimeTicks(start, start + seconds(span), most).size(), static_cast<size_t>(most));
  }
}

TEST(TimeTicks, OfNoSpanAreNone) {
  EXPECT_THAT(TimeTicks(TimePoint(seconds(5)), TimePoint(seconds(5)), 4), IsEmpty());
}

TEST(Resample, TakesMeansWhereValuesAreMany) {
  const std::vector<double> values = {1, 3, 5, 7};
  EXPECT_THAT(Resample(values, 4, 2), ElementsAre(2, 6));
}

TEST(Resample, DrawsStraightLinesWhereValuesAreFew) {
  // Four points over two values: at -0.25 (beyond the first), 0.25, 0.75 and 1.25.
  const std::vector<double> values = {0, 4};
  EXPECT_THAT(Resample(values, 2, 4),
              ElementsAre(DoubleEq(0), DoubleEq(1), DoubleEq(3), DoubleEq(4)));
}

TEST(Resample, KeepsAGapAGap) {
  const std::vector<double> values = {1, kMissing, 3, kMissing, kMissing, kMissing};
  const auto points = Resample(values, 6, 3);
  EXPECT_DOUBLE_EQ(points[0], 1);
  EXPECT_DOUBLE_EQ(points[1], 3);
  EXPECT_TRUE(std::isnan(points[2]));
}

TEST(Resample, LeavesMissingWhatTheLineDoesNotReach) {
  const std::vector<double> values = {2};
  const auto points = Resample(values, 2, 2);
  EXPECT_DOUBLE_EQ(points[0], 2);
  EXPECT_TRUE(std::isnan(points[1]));
}

TEST(ValueTicks, StandAtRoundNumbersFromZero) {
  // 100 / 4 = 25: 0, 25, 50, 75, 100.
  const auto ticks = ValueTicks(100, 4);
  ASSERT_EQ(ticks.size(), 5U);
  EXPECT_EQ(ticks[0].label, "0");
  EXPECT_EQ(ticks[3].label, "75");
  EXPECT_DOUBLE_EQ(ticks[3].position, 0.75);
  EXPECT_TRUE(ValueTicks(0, 4).empty());
}

TEST(TickUnit, IsUtcOnlyWhereTimeRunsAlong) {
  EXPECT_EQ(TickUnit({}), "UTC");
  EXPECT_EQ(TickUnit({.along = ValueAxis{"MetricsQPS", 10}}), "MetricsQPS");
}

}  // namespace
}  // namespace loadcurve::plot
