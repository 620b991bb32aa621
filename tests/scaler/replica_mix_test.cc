#include "scaler/replica_mix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "scaler/workload_loop.h"
#include "tests/support/checkout_fields.h"
#include "tests/support/scripted_metric_source.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

const InstanceSpeeds kSpeeds = {{"m5", 1}, {"m5a", 0.8}, {"m7i", 1.5}};

ReplicaMix Mix(std::vector<PodGroup> groups) {
  return ReplicaMix(kSpeeds, groups);
}

TEST(ReplicaMix, CarriesTheSumOfWhatThePodsCarry) {
  const ReplicaMix mix = Mix({{"m5.large", Replicas(4)}, {"m7i.large", Replicas(2)}});
  EXPECT_DOUBLE_EQ(mix.CarriedBy(6), 7);    // 4 x 1 + 2 x 1.5
  EXPECT_DOUBLE_EQ(mix.CarriedBy(5), 5.5);  // a fast one may go
  EXPECT_DOUBLE_EQ(mix.CarriedBy(8), 8.6);  // two more come to run on the slowest
  EXPECT_DOUBLE_EQ(mix.CarriedBy(0), 0);
  EXPECT_DOUBLE_EQ(mix.MeanSpeed(), 7.0 / 6);
  EXPECT_EQ(mix.Text(), "4 at 1, 2 at 1.5, one more at 0.8");
}

TEST(ReplicaMix, TakesTheLongestFamilyAndTheLowestSpeedForOthers) {
  EXPECT_DOUBLE_EQ(Mix({{"m5a.large", Replicas(1)}}).CarriedBy(1), 0.8) << "not m5";
  EXPECT_DOUBLE_EQ(Mix({{"m7i", Replicas(1)}}).CarriedBy(1), 1.5);
  EXPECT_DOUBLE_EQ(Mix({{"c6g.large", Replicas(1)}}).CarriedBy(1), 0.8) << "not known";
  EXPECT_DOUBLE_EQ(Mix({{"", Replicas(2)}}).CarriedBy(2), 1.6) << "no node yet";
  EXPECT_DOUBLE_EQ(Mix({}).MeanSpeed(), 0.8);
}

TEST(ReplicaMix, KnowsTheFamilyOfAType) {
  EXPECT_EQ(FamilyOf(kSpeeds, "m5a.large"), "m5a");
  EXPECT_EQ(FamilyOf(kSpeeds, "c6g.large"), "c6g");
  EXPECT_EQ(FamilyOf(kSpeeds, "ecs.g7.large"), "ecs.g7");
  EXPECT_EQ(FamilyOf(kSpeeds, "n2-standard-4"), "n2");
  EXPECT_EQ(FamilyOf({{"n2-highcpu", 1}}, "n2-highcpu-4"), "n2-highcpu") << "as it is stated";
  EXPECT_EQ(FamilyOf(kSpeeds, "Standard_D4s_v5"), "Standard_D4s_v5");
}

TEST(ReplicaMix, CountsTheFewestThatCarryIt) {
  const ReplicaMix mix = Mix({{"m5.large", Replicas(4)}, {"m7i.large", Replicas(2)}});
  EXPECT_EQ(mix.CountFor(0), 1);
  EXPECT_EQ(mix.CountFor(4), 4);
  EXPECT_EQ(mix.CountFor(4.1), 5);
  EXPECT_EQ(mix.CountFor(7), 6);
  EXPECT_EQ(mix.CountFor(7.1), 7);
  EXPECT_EQ(mix.CountFor(8.7), 9);
}

TEST(ReplicaMix, GivesASpeedByWhichADivisionFindsThatCount) {
  for (const ReplicaMix& mix : {Mix({{"m5.large", Replicas(4)}, {"m7i.large", Replicas(2)}}),
                                Mix({{"m5a.large", Replicas(2)}, {"m7i.large", Replicas(1)}}),
                                Mix({{"m5", Replicas(3)}})}) {
    for (double units = 0.1; units < 15; units += 0.1)
      EXPECT_EQ(std::ceil(units / mix.SpeedFor(units) - 1e-9), mix.CountFor(units))
          << units << " of " << mix.Text();
  }
  EXPECT_DOUBLE_EQ(Mix({{"m5", Replicas(3)}}).SpeedFor(2.1), 1) << "pods that are alike";
}

// One replica carries 10 at its limit, on an m5, and 7 as it is planned.
ScalingProfile Checkout(InstanceSpeeds speeds) {
  ScalingProfileFields fields = CheckoutFields();
  fields.load.speeds = std::move(speeds);
  return ScalingProfile::Make(fields).value();
}

// What is wanted of six pods, four on m5 and two on m7i, at a steady load.
WorkloadStatus StatusAt(double qps, InstanceSpeeds speeds) {
  ScriptedMetricSource::Script script;
  script.qps = [&](TimePoint) { return std::optional(qps); };
  auto loop = WorkloadLoop::Make(Checkout(std::move(speeds)),
                                 std::make_unique<ScriptedMetricSource>(script, minutes(1)),
                                 {.history = hours(3)})
                  .value();
  WorkloadStatus status;
  for (int i = 0; i < 40; ++i) {
    loop.Expect(ScaleObservation{.current = Replicas(6),
                                 .ready = Replicas(6),
                                 .instance_types = {{"a", "m5.large"},
                                                    {"b", "m5.large"},
                                                    {"c", "m5.large"},
                                                    {"d", "m5.large"},
                                                    {"e", "m7i.large"},
                                                    {"f", "m7i.large"}}});
    status = loop.Step(TimePoint(hours(500'000)) + i * seconds(15), Replicas(6));
  }
  return status;
}

TEST(ReplicaMix, DecidesByWhatThePodsCarryTogether) {
  EXPECT_EQ(StatusAt(48, {}).decision->desired, Replicas(7));  // 48 / 7 = 6.86
  const WorkloadStatus enough = StatusAt(48, kSpeeds);
  EXPECT_EQ(enough.decision->desired, Replicas(6));  // 4 x 1 + 2 x 1.5 carry 7
  EXPECT_THAT(enough.decision->reasons.front().why, HasSubstr("4 at 1, 2 at 1.5"));
  // 8.86: 7 are there, and 1.86 / 0.8 = 2.3 more.
  EXPECT_EQ(StatusAt(62, kSpeeds).decision->desired, Replicas(9));
  // 4.43: a fast one may go, and not both.
  EXPECT_EQ(StatusAt(31, kSpeeds).decision->desired, Replicas(5));
}

}  // namespace
}  // namespace loadcurve
