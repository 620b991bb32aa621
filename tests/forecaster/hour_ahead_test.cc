#include "forecaster/hour_ahead.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

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

}  // namespace
}  // namespace loadcurve
