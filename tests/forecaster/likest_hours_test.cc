#include "forecaster/likest_hours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace loadcurve {
namespace {

constexpr std::size_t kDay = 288;

// Flat at 10, and on some days, from some step on, up to e times that within two hours.
double LoadAt(std::size_t step, std::size_t first) {
  const auto place = static_cast<double>(step % kDay);
  return 10 * std::exp(std::clamp((place - static_cast<double>(first)) / 24, 0.0, 1.0));
}

constexpr std::size_t kNever = 1000;

TEST(LikestHours, ForetellWhatCameOnADayThatWentTheSameWay) {
  LikestHours hours(kDay);
  // An event on each third day, and today's begins 20 minutes later.
  std::size_t step = 0;
  for (; step < 9 * kDay; ++step) hours.Append(LoadAt(step, step / kDay % 3 == 1 ? 100 : kNever));
  for (; step < 9 * kDay + 116; ++step) hours.Append(LoadAt(step, 104));
  const double level =
      std::log((LoadAt(step - 1, 104) + LoadAt(step - 2, 104) + LoadAt(step - 3, 104)) / 3);
  constexpr std::array<std::size_t, 2> kAhead = {0, 11};
  const auto told = hours.Tell(kAhead, level - 0.5);
  EXPECT_NEAR(told[0][1], std::log(LoadAt(step, 104)) - level, 1e-9);
  EXPECT_NEAR(told[1][1], std::log(LoadAt(step + 11, 104)) - level, 1e-9);
  // The other hours are far from as like.
  EXPECT_NEAR(told[1][0], told[1][1], 0.02);
  EXPECT_NEAR(told[1][2], 0.5, 1e-9);
}

TEST(LikestHours, TellNothingOnTheFirstDay) {
  LikestHours hours(kDay);
  for (std::size_t step = 0; step < kDay; ++step) hours.Append(10);
  constexpr std::array<std::size_t, 1> kAhead = {5};
  EXPECT_EQ(hours.Tell(kAhead, 0)[0][0], 0);
}

}  // namespace
}  // namespace loadcurve
