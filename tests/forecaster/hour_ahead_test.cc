#include "forecaster/hour_ahead.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace loadcurve {
namespace {

constexpr std::size_t kDay = 288;

class DailyLoad {
 public:
  double Next() {
    const double place = 6.2832 * static_cast<double>(step_++) / kDay;
    return 100 * std::exp(std::sin(place) + noise_(random_));
  }

 private:
  std::size_t step_ = 0;
  std::mt19937 random_{5};
  std::normal_distribution<double> noise_{0, 0.1};
};

TEST(HourAhead, IsForAnHourOfFineSteps) {
  EXPECT_TRUE(HourAhead::Fits(1440, 60));
  EXPECT_FALSE(HourAhead::Fits(1440, 61));
  EXPECT_FALSE(HourAhead::Fits(24, 1));
}

TEST(HourAhead, CoversEachStepAsOftenAsItSays) {
  HourAhead model({kDay, 12, {0.1, 0.5, 0.9}, 1});
  DailyLoad load;
  for (std::size_t i = 0; i < 10 * kDay; ++i) model.Observe(load.Next());
  double covered = 0;
  double count = 0;
  for (std::size_t i = 0; i < kDay; ++i) {
    const std::vector<double> paths = model.Paths();
    ASSERT_EQ(paths.size(), 36);
    DailyLoad future = load;
    for (std::size_t ahead = 0; ahead < 12; ++ahead, ++count) {
      const double actual = future.Next();
      EXPECT_LE(paths[3 * ahead], paths[3 * ahead + 1]);
      EXPECT_LE(paths[3 * ahead + 1], paths[3 * ahead + 2]);
      covered += paths[3 * ahead] <= actual && actual <= paths[3 * ahead + 2] ? 1 : 0;
    }
    model.Observe(load.Next());
  }
  EXPECT_NEAR(covered / count, 0.8, 0.05);
}

TEST(HourAhead, FollowsTheDayWithinTheHour) {
  HourAhead model({kDay, 12, {0.5}, 1});
  DailyLoad load;
  for (std::size_t i = 0; i < 10 * kDay; ++i) model.Observe(load.Next());
  // The steepest hour of the day: e^0.26 times as much at its end.
  EXPECT_NEAR(std::log(model.Paths()[11] / 100), std::sin(6.2832 * 11 / kDay), 0.1);
}

TEST(HourAhead, ScalesWithTheLoad) {
  // Counts of another unit: everything is a share of the load.
  HourAhead one({kDay, 12, {0.1, 0.9}, 1});
  HourAhead thousand({kDay, 12, {0.1, 0.9}, 1000});
  DailyLoad load;
  for (std::size_t i = 0; i < 5 * kDay; ++i) {
    const double value = load.Next();
    one.Observe(value);
    thousand.Observe(1000 * value);
  }
  for (std::size_t i = 0; i < 24; ++i)
    EXPECT_NEAR(thousand.Paths()[i] / one.Paths()[i], 1000, 0.1) << i;
}

TEST(HourAhead, GoesOnAfterAGap) {
  HourAhead model({kDay, 12, {0.1, 0.5, 0.9}, 1});
  DailyLoad load;
  for (std::size_t i = 0; i < 8 * kDay; ++i) {
    const bool is_missing = i > 6 * kDay && i < 7 * kDay;
    const double value = load.Next();
    model.Observe(is_missing ? std::nan("") : value);
  }
  // sin(0.26) at the end of the hour, errors of 0.1.
  EXPECT_NEAR(std::log(model.Paths()[3 * 11 + 1] / 100), std::sin(6.2832 * 11 / kDay), 0.15);
}

TEST(HourAhead, ForetellsNothingButWhatItSawOfAYoungLoad) {
  HourAhead model({kDay, 12, {0.1, 0.5, 0.9}, 1});
  for (int i = 0; i < 5; ++i) model.Observe(50);
  for (std::size_t ahead = 0; ahead < 12; ++ahead)
    EXPECT_NEAR(model.Paths()[3 * ahead + 1], 50, 1e-9);
}

TEST(HourAhead, TakesTheUnitOfNoiseForItsOffset) {
  // Neighbours differ by 4 around a mean of 10: 16 / 2 / 10.
  EXPECT_NEAR(HourAhead::OffsetFor(std::vector{8.0, 12.0, std::nan(""), 8.0, 12.0}), 0.8, 1e-12);
  // No noise: 0.25 % of the mean.
  EXPECT_NEAR(HourAhead::OffsetFor(std::vector{40.0, 40.0, 40.0}), 0.1, 1e-12);
  EXPECT_GT(HourAhead::OffsetFor(std::vector{0.0, 0.0}), 0);
}

}  // namespace
}  // namespace loadcurve
