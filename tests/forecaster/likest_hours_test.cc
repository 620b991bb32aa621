#include "forecaster/likest_hours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

constexpr std::size_t kDay = 288;
const HourPast::Options kOptions = {kDay, 12, 1e-6};

// Flat at 10, and on some days, from some step on, up to e times that within two hours.
double LoadAt(std::size_t step, std::size_t first) {
  const auto place = static_cast<double>(step % kDay);
  return 10 * std::exp(std::clamp((place - static_cast<double>(first)) / 24, 0.0, 1.0));
}

constexpr std::size_t kNever = 1000;

TEST(LikestHours, ForetellWhatCameOnADayThatWentTheSameWay) {
  HourPast past(kOptions);
  // An event on each third day, and today's begins 10 minutes later.
  std::size_t step = 0;
  for (; step < 9 * kDay; ++step) past.Append(LoadAt(step, step / kDay % 3 == 1 ? 100 : kNever));
  for (; step < 9 * kDay + 114; ++step) past.Append(LoadAt(step, 102));
  const LikestHours::Told told = LikestHours({0, 11}).Tell(past);
  // The mean of the last three steps' logarithms.
  const double level = std::log(LoadAt(step - 2, 102));
  EXPECT_NEAR(told.level, level, 1e-5);
  EXPECT_NEAR(told.rises[0][0].nearest, std::log(LoadAt(step, 102)) - level, 1e-5);
  EXPECT_NEAR(told.rises[1][0].nearest, std::log(LoadAt(step + 11, 102)) - level, 1e-5);
  // The other hours are far from as like.
  EXPECT_NEAR(told.rises[1][0].mean, told.rises[1][0].nearest, 0.02);
  EXPECT_LT(told.rises[1][0].spread, 0.1);
}

TEST(LikestHours, TellNothingOnTheFirstDay) {
  HourPast past(kOptions);
  for (std::size_t step = 0; step + 30 < kDay; ++step) past.Append(10);
  const LikestHours::Told told = LikestHours({5}).Tell(past);
  EXPECT_EQ(told.rises[0][0].mean, 0);
  EXPECT_NEAR(told.level, std::log(10), 1e-5);
}

}  // namespace
}  // namespace loadcurve
