#include "forecaster/hour_ahead.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <string>
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

// An outage, a gap, a level shift and days.
double EventfulLoad(DailyLoad& load, std::size_t i) {
  const double value = load.Next() * (i > 5 * kDay ? 40 : 10);
  if (i > 3 * kDay && i < 3 * kDay + 20) return 0;
  if (i > 4 * kDay && i < 4 * kDay + 30) return std::nan("");
  return value;
}

TEST(HourAhead, GoesOnFromItsSavedStateAsIfItHadNeverStopped) {
  HourAhead model({kDay, 12, {0.1, 0.5, 0.9}, 1});
  DailyLoad load;
  // Stopped young, within the outage, within the gap, at odd moments, and after all is full.
  const std::set<std::size_t> stops = {
      0, 1, 2, 77, 300, 3 * kDay + 7, 4 * kDay + 11, 999, 1000, 1001, 6 * kDay, 7 * kDay};
  HourAhead stopped = model;
  for (std::size_t i = 0; i < 18 * kDay; ++i) {
    if (stops.contains(i) || i % 1777 == 0) stopped = HourAhead::Restored(stopped.Saved()).value();
    const double value = EventfulLoad(load, i);
    model.Observe(value);
    stopped.Observe(value);
    if (i % 7 == 0) {
      ASSERT_EQ(model.Paths(), stopped.Paths()) << i;
    }
  }
  model.Refit();
  stopped.Refit();
  EXPECT_EQ(model.Paths(), stopped.Paths());
  EXPECT_EQ(model.Maximum({2, 9}), stopped.Maximum({2, 9}));
  EXPECT_EQ(model.Saved(), stopped.Saved());
}

TEST(HourAhead, RefusesAStateThatIsCutOrOfOtherOptions) {
  HourAhead model({kDay, 12, {0.1, 0.5, 0.9}, 1});
  for (std::size_t i = 0; i < kDay; ++i) model.Observe(100);
  const std::string saved = model.Saved();
  EXPECT_EQ(HourAhead::Restored(saved.substr(0, saved.size() - 1)).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(HourAhead::Restored("").error().code, ErrorCode::kInvalidArgument);
  // Whole, but no such model: a day of two steps.
  HourAhead::Options options{2, 12, {0.5}, 1};
  SavedState state("loadcurve hour 1");
  state.Exchange(options);
  EXPECT_EQ(HourAhead::Restored(state.Bytes()).error().message,
            "the saved state is not one of this model");
}

TEST(HourAhead, TellsTheLargestLoadOfTheHourAsOftenAsItSays) {
  HourAhead model({kDay, 12, {0.1, 0.5, 0.9}, 1});
  DailyLoad load;
  for (std::size_t i = 0; i < 10 * kDay; ++i) model.Observe(load.Next());
  double below = 0;
  double below_all_steps = 0;  // each at its own 0.9
  constexpr std::size_t kTimes = 3 * kDay;
  for (std::size_t i = 0; i < kTimes; ++i) {
    const double largest = model.Maximum({0, 12})[2];
    const std::vector<double> paths = model.Paths();
    DailyLoad future = load;
    bool is_below = true;
    bool is_below_all_steps = true;
    for (std::size_t ahead = 0; ahead < 12; ++ahead) {
      const double actual = future.Next();
      is_below = is_below && actual <= largest;
      is_below_all_steps = is_below_all_steps && actual <= paths[3 * ahead + 2];
    }
    below += is_below ? 1 : 0;
    below_all_steps += is_below_all_steps ? 1 : 0;
    model.Observe(load.Next());
  }
  EXPECT_NEAR(below / kTimes, 0.9, 0.05);
  EXPECT_LT(below_all_steps / kTimes, 0.5);
}

TEST(HourAhead, WidensItsBandsAtOnceAfterAJumpAndNarrowsThemAgain) {
  HourAhead model({kDay, 12, {0.1, 0.9}, 1});
  DailyLoad load;
  const auto width = [&] {
    const std::vector<double> paths = model.Paths();
    return std::log(paths[1] / paths[0]);
  };
  for (std::size_t i = 0; i < 8 * kDay; ++i) model.Observe(10 * load.Next());
  const double before = width();
  for (std::size_t i = 0; i < 4; ++i) model.Observe(40 * load.Next());
  EXPECT_GT(width(), 1.5 * before);
  for (std::size_t i = 0; i < 2 * kDay; ++i) model.Observe(40 * load.Next());
  EXPECT_LT(width(), 1.5 * before);
}

TEST(HourAhead, TakesAnOutageForOneAndIsUnmovedByIt) {
  HourAhead model({kDay, 12, {0.1, 0.5, 0.9}, 1});
  HourAhead gap = model;  // it sees a gap instead
  DailyLoad load;
  for (std::size_t i = 0; i < 8 * kDay; ++i) {
    const double value = 10 * load.Next();
    model.Observe(value);
    gap.Observe(value);
  }
  const double before = model.Paths()[1];
  for (std::size_t i = 0; i < 10; ++i) {
    load.Next();
    model.Observe(0);
    gap.Observe(i < 1 ? 0 : std::nan(""));
  }
  // One step more of ten is likely, the end of the hour as likely as not without it.
  const std::vector<double> paths = model.Paths();
  EXPECT_EQ(paths[0], 0);
  EXPECT_EQ(paths[1], 0);
  EXPECT_EQ(paths[3 * 11], 0);
  EXPECT_GT(paths[3 * 11 + 2], before);
  EXPECT_GE(model.Maximum({0, 12})[2], paths[3 * 11 + 2]);
  for (std::size_t i = 0; i < 3; ++i) {
    const double value = 10 * load.Next();
    model.Observe(value);
    gap.Observe(value);
  }
  for (std::size_t i = 0; i < 36; ++i) EXPECT_NEAR(model.Paths()[i] / gap.Paths()[i], 1, 0.1) << i;
}

TEST(HourAhead, TakesALowLoadForTheUsualOneAfterADay) {
  HourAhead model({kDay, 12, {0.1, 0.5, 0.9}, 1});
  DailyLoad load;
  for (std::size_t i = 0; i < 8 * kDay; ++i) model.Observe(10 * load.Next());
  for (std::size_t i = 0; i < kDay; ++i) model.Observe(load.Next() / 20);
  for (std::size_t i = 0; i < kDay / 2; ++i) model.Observe(load.Next() / 20);
  EXPECT_NEAR(model.Paths()[1], 5, 2.5);
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
