#include "scaler/outlook_need.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve {
namespace {

// An exponential tail that falls by e over 10 from 100 on, at the median.
LoadRow Row() {
  LoadRow row{};
  for (std::size_t i = 0; i < row.size(); ++i)
    row[i] = MetricsQps(100 + 10 * std::log(0.5 / (1 - kTailLevels[i])));
  return row;
}

TEST(LoadAt, FollowsTheLevelsAndTheStraightTailBeyondThem) {
  const LoadRow row = Row();
  EXPECT_NEAR(LoadAt(UpperLoadOf(row), 0.5).value(), 100, 1e-9);
  EXPECT_NEAR(LoadAt(UpperLoadOf(row), 0.9993).value(), 100 + 10 * std::log(0.5 / 0.0007), 1e-9);
  EXPECT_NEAR(LoadAt(UpperLoadOf(row), 0.99999).value(), 100 + 10 * std::log(0.5 / 0.00001), 1e-9);
  EXPECT_EQ(LoadAt(UpperLoadOf(row), 0.01), row.front());
}

TEST(TailReplicas, IsWhatTheTailFallsBy) {
  EXPECT_NEAR(TailReplicas(Row(), MetricsQps(5)), 2, 1e-9);
}

TEST(AimOf, TakesMoneyForAPriceAndABudgetForALevelUntilAPriceIsLearnt) {
  Objective objective;
  EXPECT_EQ(AimOf(objective, {}, MetricsQps(1)).level, 0.95);
  // 2.5 a minute against 0.04 an hour: a minute short costs 3750 replica-minutes.
  objective.prices = ShortagePrices{.replica_hour = 0.04, .shortage_minute = 2.5};
  EXPECT_NEAR(*AimOf(objective, {}, MetricsQps(1)).shortage_cost, 3750, 1e-9);
  EXPECT_NEAR(LevelOf(objective), 3750.0 / 3751, 1e-12);
  objective = {.violations = Ratio(0.001)};
  EXPECT_EQ(AimOf(objective, {}, MetricsQps(1)).shortage_cost, std::nullopt);
  EXPECT_DOUBLE_EQ(AimOf(objective, {}, MetricsQps(1)).level, 0.999);
  EXPECT_EQ(AimOf(objective, 70, MetricsQps(1)).shortage_cost, 70);
}

TEST(NeedOf, CoversALevelOrWhatPaysForItself) {
  const LoadRow row = Row();
  // The 0.99 quantile is 100 + 10 ln 50 = 139.1.
  EXPECT_EQ(NeedOf(UpperLoadOf(row), {.level = 0.99, .per_replica = MetricsQps(10)}), Replicas(14));
  // n + 1000 * 0.5 exp(-(10 n - 100) / 10): at 16 it is 17.2, at 17 it is 17.5.
  EXPECT_EQ(NeedOf(UpperLoadOf(row), {.shortage_cost = 1000, .per_replica = MetricsQps(10)}),
            Replicas(16));
}

TEST(WithReserve, LeavesWhatIsNeededWhenPodsOrAZoneAreLost) {
  EXPECT_EQ(WithReserve(Replicas(7), std::nullopt), Replicas(7));
  EXPECT_EQ(WithReserve(Replicas(7), Survival{.pods = Replicas(2)}), Replicas(9));
  // 11 over 3 zones: the fullest has 4, and 7 are left; of 10 it would have 4 too, 6 left.
  EXPECT_EQ(WithReserve(Replicas(7), Survival{.zones = 3}), Replicas(11));
  EXPECT_EQ(WithReserve(Replicas(7), Survival{.zones = 2}), Replicas(14));
  EXPECT_EQ(WithReserve(Replicas(0), Survival{.pods = Replicas(2)}), Replicas(0));
  for (std::int64_t need = 1; need < 100; ++need) {
    for (int zones = 2; zones < 9; ++zones) {
      const std::int64_t count = WithReserve(Replicas(need), Survival{.zones = zones}).value();
      const auto left = [&](std::int64_t n) { return n - (n + zones - 1) / zones; };
      EXPECT_GE(left(count), need);
      EXPECT_LT(left(count - 1), need);
    }
  }
}

}  // namespace
}  // namespace loadcurve
