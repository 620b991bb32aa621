#include "scaler/need_ahead.h"

#include <gtest/gtest.h>

#include <vector>

#include "scaler/replica_decision.h"
#include "tests/support/checkout_fields.h"

namespace loadcurve {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint kNow(std::chrono::hours(500'000));

// A replica carries 7 at the target and takes a minute to start.
ScalingProfileFields Checkout() {
  return CheckoutFields();
}

// Minutes from `issued_at` on, at the level that replicas are bought for.
Forecast Path(std::vector<double> loads, TimePoint issued_at = kNow) {
  return Forecast::Make({issued_at, minutes(1), {0.95}, std::move(loads), "occupancy-100ms"})
      .value();
}

TEST(NeedAhead, IsTheMostOfTheTimeANodeAndAReplicaTake) {
  // A node takes two minutes, a replica one: minutes 0, 1 and 2 count, minute 3 does not.
  const Forecast forecast = Path({70, 70, 140, 700});
  const NeedAhead need =
      NeedAheadOf(Checkout(), {.now = kNow, .boot = minutes(2), .forecast = &forecast});
  EXPECT_EQ(need.replicas, Replicas(20));  // 140 / 7
  EXPECT_EQ(need.at, kNow + minutes(2));
  EXPECT_EQ(need.until, kNow + minutes(3));
  EXPECT_EQ(need.level, Ratio(0.95));
  EXPECT_TRUE(need.is_foreseen);
}

TEST(NeedAhead, TellsWhatIsNeededAtEachLevel) {
  const Forecast forecast =
      Forecast::Make({kNow, minutes(1), {0.5, 0.95}, {70, 140, 77, 84}, "occupancy-100ms"}).value();
  const NeedAhead need = NeedAheadOf(
      Checkout(),
      {.now = kNow, .boot = minutes(2), .forecast = &forecast, .measured = MetricsQps(75)});
  // The most of both minutes, level by level, and no less than the 75 / 7 that are measured.
  EXPECT_EQ(need.quantiles.front(), Replicas(11)) << "77 / 7 at a half";
  EXPECT_EQ(need.quantiles[3], Replicas(20)) << "140 / 7 at 0.95";
  EXPECT_GE(need.quantiles[4], need.quantiles[3]);
  EXPECT_EQ(need.replicas, Replicas(20));
}

TEST(NeedAhead, IsNeverLessThanWhatIsMeasured) {
  const Forecast forecast = Path({7, 7, 7, 7});
  const NeedAhead need = NeedAheadOf(Checkout(), {kNow, minutes(2), &forecast, MetricsQps(70)});
  EXPECT_EQ(need.replicas, Replicas(10));
  EXPECT_EQ(need.at, kNow);
}

TEST(NeedAhead, FollowsNoForecastThatIsMissingOrOld) {
  EXPECT_FALSE(NeedAheadOf(Checkout(), {kNow, minutes(2), nullptr, MetricsQps(70)}).is_foreseen);
  const Forecast old =
      Path(std::vector<double>(60, 700), kNow - minutes(kForecastSteps) - seconds(1));
  const NeedAhead need = NeedAheadOf(Checkout(), {kNow, minutes(2), &old, MetricsQps(70)});
  EXPECT_FALSE(need.is_foreseen);
  EXPECT_EQ(need.replicas, Replicas(10));
  const Forecast recent = Path(std::vector<double>(60, 700), kNow - minutes(kForecastSteps));
  EXPECT_TRUE(NeedAheadOf(Checkout(), {kNow, minutes(2), &recent, {}}).is_foreseen);
}

TEST(NeedAhead, SeesTheFloorsOfSchedulesComing) {
  ScalingProfileFields fields = Checkout();
  const TimeSpan sale{kNow + minutes(4), kNow + minutes(60)};
  fields.schedules = {{PolicyWindow{.name = "sale", .once = sale}, Replicas(30), std::nullopt}};
  const LookAhead near{.now = kNow, .boot = minutes(2), .measured = MetricsQps(7)};
  EXPECT_EQ(NeedAheadOf(fields, near).replicas, Replicas(1)) << "three minutes ahead it is not yet";
  const LookAhead far{.now = kNow, .boot = minutes(3), .measured = MetricsQps(7)};
  EXPECT_EQ(NeedAheadOf(fields, far).replicas, Replicas(30));
  EXPECT_EQ(NeedAheadOf(fields, far).at, sale.from);
}

TEST(NeedAhead, HeedsBoundsCeilingsBudgetAndReserve) {
  const Forecast forecast = Path(std::vector<double>(9, 140));  // 20 replicas
  const LookAhead look{.now = kNow, .boot = minutes(2), .forecast = &forecast};
  ScalingProfileFields fields = Checkout();
  fields.objective.survive = Survival{.pods = Replicas(2)};
  EXPECT_EQ(NeedAheadOf(fields, look).replicas, Replicas(22));
  fields.bounds.max = Replicas(15);
  EXPECT_EQ(NeedAheadOf(fields, look).replicas, Replicas(15));
  fields.schedules = {{PolicyWindow{.name = "night", .once = {kNow, kNow + minutes(60)}},
                       std::nullopt, Replicas(12)}};
  EXPECT_EQ(NeedAheadOf(fields, look).replicas, Replicas(12));
  fields.budget = SpendingCap{.replica_hour = 0.5, .per_hour = 4};
  EXPECT_EQ(NeedAheadOf(fields, look).replicas, Replicas(8));
}

}  // namespace
}  // namespace loadcurve
