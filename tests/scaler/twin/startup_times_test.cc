#include "scaler/twin/startup_times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace loadcurve::twin {
namespace {

using std::chrono::seconds;

std::vector<double> Drawn(const StartupTimes& times, std::uint64_t seed) {
  std::vector<double> drawn;
  for (std::uint64_t order = 0; order < 20'000; ++order)
    drawn.push_back(Seconds(times.Of(order, seed)));
  return drawn;
}

double Quantile(std::vector<double> values, double level) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(level * static_cast<double>(values.size()))];
}

TEST(StartupTimes, SpreadAroundTheMedianSoThatOneInTwentyTakesLongerThanP95) {
  const StartupTimes times = StartupTimes::Spread(seconds(60), 2).value();
  EXPECT_EQ(times.planned(), seconds(60));
  const auto drawn = Drawn(times, 1);
  EXPECT_NEAR(Quantile(drawn, 0.5), 30, 0.5);
  EXPECT_NEAR(Quantile(drawn, 0.95), 60, 2);
  // 30 s * exp(sigma * 1.645) = 60 s, so the 0.9995 quantile is 30 s * exp(sigma * 3.29) = 120 s.
  EXPECT_NEAR(Seconds(times.longest()), 120, 0.1);
}

TEST(StartupTimes, AreDrawnFromTheSeedAndTheNumberOfTheOrderAlone) {
  const StartupTimes times = StartupTimes::Spread(seconds(60), 2).value();
  EXPECT_EQ(Drawn(times, 3), Drawn(times, 3));
  EXPECT_NE(Drawn(times, 3), Drawn(times, 4));
}

TEST(StartupTimes, AreDrawnAsOftenAsTheyWereMeasured) {
  std::vector<Duration> measured(19, seconds(20));
  measured.push_back(seconds(90));
  const StartupTimes times = StartupTimes::Measured(measured).value();
  EXPECT_EQ(times.planned(), seconds(20));  // 19 of 20
  EXPECT_EQ(times.longest(), seconds(90));
  const auto drawn = Drawn(times, 1);
  const auto late = std::ranges::count(drawn, 90.0);
  EXPECT_NEAR(static_cast<double>(late), 1000, 130);  // four standard deviations
}

TEST(StartupTimes, AreOneTimeWithoutASpread) {
  EXPECT_TRUE(StartupTimes::Spread(seconds(60), 1).value().has_one_time());
  EXPECT_EQ(StartupTimes(seconds(60)).Of(7, 1), seconds(60));
}

TEST(StartupTimes, RefuseWhatCannotBe) {
  EXPECT_THAT(StartupTimes::Spread(seconds(60), 0.5).error().message,
              testing::HasSubstr("expected the 95th percentile by the median, from 1 to 10"));
  EXPECT_FALSE(StartupTimes::Spread(seconds(-1), 2));
  EXPECT_FALSE(StartupTimes::Measured({}));
  const std::vector<Duration> negative = {seconds(-1)};
  EXPECT_FALSE(StartupTimes::Measured(negative));
}

}  // namespace
}  // namespace loadcurve::twin
