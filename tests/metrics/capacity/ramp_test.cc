#include "metrics/capacity/ramp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "metrics/capacity/bottleneck.h"

namespace loadcurve {
namespace {

using testing::Each;
using testing::Le;

// Replicas that answer 10 ms after each request up to a rate, and too late beyond it.
struct PlainTarget {
  double capacity = 300;
  std::size_t replicas = 1;
  double errors = 0;  // share
  bool is_silent = false;
  bool is_observed = true;
  bool is_late_itself = false;
  ReplicaUse use{};
  double second = 0;
  std::vector<double> rates;  // that were asked for

  RampInterval Play(double rate) {
    rates.push_back(rate);
    const TimePoint from(Duration(std::llround(second++ * 1e6)));
    const bool is_late = rate > capacity;
    RampInterval interval{.from = from,
                          .to = from + std::chrono::seconds(1),
                          .mean_seconds = is_late ? 0.5 : 0.01,
                          .is_observed = is_observed,
                          .is_late_itself = is_late_itself};
    const auto count =
        static_cast<std::uint64_t>(std::ceil(100 * rate / static_cast<double>(replicas)));
    for (std::size_t i = 0; i < replicas; ++i)
      interval.replicas.push_back(
          {.scheduled = count,
           .answered = is_silent ? 0 : count,
           .ended = count,
           .late = is_silent || is_late ? count : 0,
           .errors =
               is_silent ? count : static_cast<std::uint64_t>(errors * static_cast<double>(count)),
           .use = use});
    interval.routes = {{count, 1}, {count, 2}};
    return interval;
  }
};

Ramp Of(RampOptions options) {
  options.mix = {0.5, 0.5};
  options.first_rate = 8;
  return Ramp::Make(std::move(options)).value();
}

// Plays until the ramp ends; `change` is told each second before it begins.
template <class Change>
RampOrder Climb(Ramp& ramp, PlainTarget& target, Change change) {
  RampOrder order = ramp.First();
  double rate = order.rate;
  for (int second = 0; second < 2000 && order.kind != RampOrder::Kind::kDone; ++second) {
    change(second);
    order = ramp.Next(target.Play(rate));
    if (order.kind == RampOrder::Kind::kGo) rate = order.rate;
  }
  return order;
}

RampOrder Climb(Ramp& ramp, PlainTarget& target) {
  return Climb(ramp, target, [](int) {});
}

// CPU is full, of others too.
const ReplicaUse kStarved{
    .cpu_cores = 0.6, .machine_cores = 2, .others_cores = 1.3, .cpu_wait_share = 0.5};

TEST(Ramp, HoldsAnewWhatWasLateWhileOthersKeptTheCpuFromTheTarget) {
  Ramp ramp = Of({});
  PlainTarget target;
  Climb(ramp, target, [&](int second) {
    // Seven seconds are one late step.
    const bool is_busy = second >= 20 && second < 27;
    target.use = is_busy ? kStarved : ReplicaUse{};
    target.capacity = is_busy ? 10 : 300;
  });
  EXPECT_EQ(ramp.end(), RampEnd::kKnee);
  EXPECT_GE(ramp.carried(), 285);
  EXPECT_NE(FindBottleneck(ramp, EvidenceOf(ramp)).bottleneck, Bottleneck::kBusyMachine);
}

TEST(Ramp, BlamesTheMachineWhereOthersGoOnKeepingTheCpu) {
  Ramp ramp = Of({});
  PlainTarget target;
  target.use = kStarved;
  Climb(ramp, target);
  EXPECT_EQ(ramp.end(), RampEnd::kKnee);
  const BottleneckVerdict verdict = FindBottleneck(ramp, EvidenceOf(ramp));
  EXPECT_EQ(verdict.bottleneck, Bottleneck::kBusyMachine);
  EXPECT_THAT(verdict.evidence, testing::HasSubstr("others used 1.3 of the 2 cores"));
  target.use = {.cpu_cores = 0.6, .machine_cores = 2, .others_cores = 0.1, .cpu_wait_share = 0.5};
  Ramp idle = Of({});
  Climb(idle, target);
  EXPECT_NE(FindBottleneck(idle, EvidenceOf(idle)).bottleneck, Bottleneck::kBusyMachine);
}

TEST(Ramp, DoesNotTakeOneOutageForTheLimit) {
  Ramp ramp = Of({});
  PlainTarget target;
  // The few requests of a rest happen to be answered while it lasts.
  Climb(ramp, target, [&](int second) {
    const bool is_out = second >= 12 && second < 30;
    target.errors = is_out && ramp.current().rate > 20 ? 0.5 : 0;
  });
  EXPECT_EQ(ramp.end(), RampEnd::kKnee);
  EXPECT_GE(ramp.carried(), 285);
}

TEST(Ramp, TriesEachLimitAgainThatOneRateVouchesFor) {
  // Slow for the first two rates, of which neither is the limit.
  Ramp ramp = Of({});
  PlainTarget target;
  Climb(ramp, target, [&](int second) { target.capacity = second < 12 ? 0 : 300; });
  EXPECT_EQ(ramp.end(), RampEnd::kKnee);
  EXPECT_GE(ramp.carried(), 285);
}

TEST(Ramp, ClosesInOnTheHighestRateThatIsCarried) {
  Ramp ramp = Of({});
  PlainTarget target;
  Climb(ramp, target);
  EXPECT_EQ(ramp.end(), RampEnd::kKnee);
  EXPECT_LE(ramp.carried(), 300);
  EXPECT_GT(ramp.broken().value(), 300);
  EXPECT_LE(*ramp.broken() / ramp.carried(), 1.05);
}

TEST(Ramp, NeverExceedsTheCeilingAndSaysWhereItIsCarried) {
  Ramp ramp = Of({.most_rate = 100});
  PlainTarget target;
  Climb(ramp, target);
  EXPECT_EQ(ramp.end(), RampEnd::kCeiling);
  EXPECT_EQ(ramp.carried(), 100);
  EXPECT_FALSE(ramp.broken());
  EXPECT_THAT(target.rates, Each(Le(100)));
}

TEST(Ramp, GoesDownWhereTheFirstRateIsTooMuch) {
  Ramp ramp = Of({});
  PlainTarget target{.capacity = 2};
  Climb(ramp, target);
  EXPECT_EQ(ramp.end(), RampEnd::kKnee);
  EXPECT_LE(ramp.carried(), 2);
  EXPECT_GT(ramp.broken().value(), 2);
}

TEST(Ramp, EndsWhereNoRateIsCarried) {
  Ramp ramp = Of({});
  PlainTarget target{.capacity = 0};
  Climb(ramp, target);
  EXPECT_TRUE(ramp.end() == RampEnd::kTargetLost || ramp.end() == RampEnd::kNeverGood);
  EXPECT_EQ(ramp.carried(), 0);
}

TEST(Ramp, TriesAgainWhatFailedOnce) {
  Ramp ramp = Of({});
  PlainTarget target;
  // Errors from the 10th to the 20th second: after a rest the same rate is carried.
  Climb(ramp, target, [&](int second) { target.errors = second >= 10 && second < 20 ? 0.5 : 0; });
  EXPECT_EQ(ramp.end(), RampEnd::kKnee);
  EXPECT_NEAR(ramp.carried(), 300, 15);
}

TEST(Ramp, ProbesASilentTargetGentlyAndGoesOnWhenItIsBack) {
  Ramp ramp = Of({});
  PlainTarget target;
  Climb(ramp, target, [&](int second) { target.is_silent = second >= 20 && second < 50; });
  // Three intervals to notice, and then no more than two a second.
  for (std::size_t second = 24; second < 50; ++second) EXPECT_LE(target.rates[second], 2) << second;
  EXPECT_EQ(ramp.end(), RampEnd::kKnee);
  EXPECT_NEAR(ramp.carried(), 300, 15);
}

TEST(Ramp, GivesUpATargetThatStaysSilent) {
  Ramp ramp = Of({});
  PlainTarget target;
  const RampOrder last = Climb(ramp, target, [&](int second) { target.is_silent = second >= 20; });
  EXPECT_EQ(ramp.end(), RampEnd::kTargetLost);
  EXPECT_EQ(last.rate, 0);
  EXPECT_LT(target.rates.size(), 100U);
}

TEST(Ramp, StopsTheLoadAtOnceWhereTheObservationIsLost) {
  Ramp ramp = Of({});
  PlainTarget target;
  const RampOrder last = Climb(ramp, target, [&](int second) { target.is_observed = second < 30; });
  EXPECT_EQ(ramp.end(), RampEnd::kObservationLost);
  EXPECT_EQ(last.rate, 0);
  EXPECT_EQ(target.rates.size(), 35U);
  EXPECT_GT(ramp.carried(), 0);
}

TEST(Ramp, BlamesItselfWhereRequestsGoOutLate) {
  Ramp ramp = Of({});
  PlainTarget target;
  Climb(ramp, target, [&](int second) { target.is_late_itself = second >= 30; });
  EXPECT_EQ(ramp.end(), RampEnd::kGeneratorLimit);
}

TEST(Ramp, TriesALimitAgainThatOneStepVouchesFor) {
  Ramp ramp = Of({});
  PlainTarget target;
  // Slow for a while: what breaks then would be carried.
  Climb(ramp, target,
        [&](int second) { target.capacity = second >= 20 && second < 32 ? 20 : 300; });
  EXPECT_EQ(ramp.end(), RampEnd::kKnee);
  EXPECT_NEAR(ramp.carried(), 300, 15);
}

TEST(Ramp, VariesTheMixWithinWhatWasCarried) {
  Ramp ramp = Of({.varies_mix = true});
  PlainTarget target;
  Climb(ramp, target);
  EXPECT_EQ(ramp.end(), RampEnd::kKnee);
  int mixes = 0;
  for (const RampStep& step : ramp.steps()) {
    if (step.purpose != StepPurpose::kMix) continue;
    ++mixes;
    EXPECT_LT(step.rate, ramp.carried());
    EXPECT_NE(step.mix[0], step.mix[1]);
  }
  EXPECT_EQ(mixes, 2);
}

TEST(Ramp, EndsWhenTheTimeIsUpWithWhatItKnows) {
  Ramp ramp = Of({.longest = std::chrono::seconds(30)});
  PlainTarget target;
  Climb(ramp, target);
  EXPECT_EQ(ramp.end(), RampEnd::kOutOfTime);
  EXPECT_EQ(target.rates.size(), 31U);
  EXPECT_GT(ramp.carried(), 0);
}

TEST(Ramp, KeepsWhatItKnowsWhenItIsStopped) {
  Ramp ramp = Of({});
  PlainTarget target;
  double rate = ramp.First().rate;
  for (int second = 0; second < 20; ++second) {
    const RampOrder order = ramp.Next(target.Play(rate));
    if (order.kind == RampOrder::Kind::kGo) rate = order.rate;
  }
  ramp.Stop();
  EXPECT_EQ(ramp.end(), RampEnd::kStopped);
  EXPECT_GT(ramp.carried(), 0);
  EXPECT_EQ(ramp.Next(target.Play(rate)).kind, RampOrder::Kind::kDone);
}

TEST(Ramp, RefusesWhatMakesNoSense) {
  EXPECT_FALSE(Ramp::Make({.mix = {}}));
  EXPECT_FALSE(Ramp::Make({.mix = {1}, .first_rate = 0}));
  EXPECT_FALSE(Ramp::Make({.mix = {1}, .first_rate = 2000}));
  EXPECT_FALSE(Ramp::Make({.replicas = 0, .mix = {1}}));
}

}  // namespace
}  // namespace loadcurve
