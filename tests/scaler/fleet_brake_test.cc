#include "scaler/fleet_brake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace loadcurve {
namespace {

using State = BrakeReport::State;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Each;
using testing::HasSubstr;

const TimePoint kStart(hours(500'000));

// So many profiles of ten replicas; what is let through is there a step later.
struct Fleet {
  explicit Fleet(int profiles, int replicas = 10) {
    for (int i = 0; i < profiles; ++i)
      members.push_back({.profile = {"shop", "p" + std::to_string(1000 + i)},
                         .current = Replicas(replicas),
                         .desired = Replicas(replicas),
                         .most = Replicas(100)});
  }

  void Want(int first, int count, int replicas) {
    for (int i = first; i < first + count; ++i)
      members[static_cast<std::size_t>(i)].desired = Replicas(replicas);
  }

  void RunFor(Duration span, bool is_lifted = false) {
    for (Duration ran{0}; ran < span; ran += seconds(15)) {
      levels = brake.Limit(now, members, is_lifted);
      for (std::size_t i = 0; i < members.size(); ++i) members[i].current = levels[i];
      now += seconds(15);
      totals.push_back(Total());
    }
  }

  std::int64_t Total() const {
    std::int64_t total = 0;
    for (const Replicas level : levels) total += level.value();
    return total;
  }

  FleetBrake brake;
  std::vector<FleetMember> members;
  std::vector<Replicas> levels;
  std::vector<std::int64_t> totals;  // a step each
  TimePoint now = kStart;
};

TEST(FleetBrake, LetsATenthGo) {
  Fleet fleet(20);
  fleet.RunFor(minutes(1));
  fleet.Want(0, 20, 9);
  fleet.RunFor(seconds(15));
  EXPECT_EQ(fleet.Total(), 180);
  EXPECT_EQ(fleet.brake.report().state, State::kOff);
}

TEST(FleetBrake, HoldsAllWhereManyWantToShrinkAtOnce) {
  Fleet fleet(20);
  fleet.RunFor(minutes(1));
  fleet.Want(0, 20, 1);
  fleet.RunFor(minutes(20));
  EXPECT_THAT(fleet.totals, Each(200));
  EXPECT_EQ(fleet.brake.report().state, State::kSuspicious);
  EXPECT_EQ(fleet.brake.report().wanted, 180);
  EXPECT_EQ(fleet.brake.report().allowed, 20);
  EXPECT_THAT(fleet.brake.report().why,
              HasSubstr("20 profiles want to give up 180 of 200 within ten minutes"));
  fleet.Want(0, 20, 10);  // the evidence is back
  fleet.RunFor(minutes(3));
  EXPECT_EQ(fleet.brake.report().state, State::kOff);
  EXPECT_THAT(fleet.totals, Each(200));
}

TEST(FleetBrake, NeverLosesMoreThanATenthInTenMinutesHoweverLongTheFaultLasts) {
  Fleet fleet(20);
  fleet.RunFor(minutes(1));
  fleet.Want(0, 20, 1);
  fleet.RunFor(hours(4));
  constexpr std::size_t kSpan = 40;  // steps
  for (std::size_t i = kSpan; i < fleet.totals.size(); ++i) {
    ASSERT_GE(static_cast<double>(fleet.totals[i]),
              std::floor(0.9 * static_cast<double>(fleet.totals[i - kSpan])))
        << "at step " << i;
  }
  EXPECT_EQ(fleet.totals[4 * 31 - 1], 200) << "suspicion holds for half an hour";
  EXPECT_LT(fleet.totals.back(), 40) << "and a fall that is real is followed in the end";
  EXPECT_GE(fleet.totals.back(), 20);
}

TEST(FleetBrake, LimitsOneLargeProfileWithoutSuspectingAll) {
  Fleet fleet(5);
  fleet.members[0].current = fleet.members[0].desired = Replicas(60);
  fleet.RunFor(minutes(1));
  fleet.Want(0, 1, 10);
  fleet.Want(1, 1, 12);
  fleet.RunFor(seconds(15));
  EXPECT_EQ(fleet.brake.report().state, State::kLimiting);
  EXPECT_EQ(fleet.levels[0], Replicas(50));  // a tenth of 60 + 12 + 3 * 10 is 10.2
  EXPECT_EQ(fleet.levels[1], Replicas(12)) << "growth is never touched";
  fleet.RunFor(minutes(9));
  EXPECT_EQ(fleet.levels[0], Replicas(50));
  fleet.RunFor(minutes(2));
  EXPECT_LT(fleet.levels[0], Replicas(50));
}

TEST(FleetBrake, LetsGoWhatUsuallyGoesAtThisTimeOfTheDay) {
  Fleet fleet(20);
  for (FleetMember& member : fleet.members) member.usual_fall = Ratio(0.4);
  fleet.RunFor(minutes(1));
  fleet.Want(0, 20, 6);
  fleet.RunFor(seconds(15));
  EXPECT_EQ(fleet.Total(), 120);
  fleet.Want(0, 20, 1);
  fleet.RunFor(seconds(15));
  EXPECT_EQ(fleet.Total(), 120);
}

TEST(FleetBrake, LetsATenthGoFromASmallFleetAndSuspectsNone) {
  Fleet fleet(2, 50);
  fleet.RunFor(minutes(1));
  fleet.Want(0, 2, 1);
  fleet.RunFor(seconds(15));
  EXPECT_EQ(fleet.Total(), 90);
  EXPECT_EQ(fleet.brake.report().state, State::kLimiting);
  fleet.RunFor(minutes(9));
  EXPECT_EQ(fleet.Total(), 90);
  fleet.RunFor(minutes(2));
  EXPECT_EQ(fleet.Total(), 81);
}

TEST(FleetBrake, LetsOneReplicaGoFromTheSmallest) {
  Fleet fleet(1, 3);
  fleet.RunFor(minutes(1));
  fleet.Want(0, 1, 0);
  fleet.RunFor(seconds(15));
  EXPECT_EQ(fleet.Total(), 2);
  EXPECT_THAT(fleet.brake.report().why,
              HasSubstr("1 profile wants to give up 3 of 3 within ten minutes, and 1 are"));
  fleet.RunFor(minutes(9));
  EXPECT_EQ(fleet.Total(), 2);
  fleet.RunFor(minutes(21));
  EXPECT_EQ(fleet.Total(), 0) << "and all in the end";

  Fleet many(9, 3);  // all of them at once
  many.RunFor(minutes(1));
  many.Want(0, 9, 1);
  many.RunFor(seconds(15));
  EXPECT_EQ(many.Total(), 25) << "a tenth of 27";
  EXPECT_EQ(many.brake.report().state, State::kLimiting);
}

TEST(FleetBrake, LetsTheLargestReplicaGoFromASmallFleet) {
  Fleet fleet(2, 2);
  fleet.members[0].cpu = CpuCores(8);
  fleet.members[1].cpu = CpuCores(1);
  fleet.RunFor(minutes(1));
  fleet.Want(0, 1, 1);
  fleet.RunFor(seconds(15));
  EXPECT_EQ(fleet.levels[0], Replicas(1)) << "8 of 18 cores";
}

TEST(FleetBrake, NeverLosesMoreThanATenthOrOneHoweverSmallTheFleet) {
  const std::vector<std::pair<int, int>> fleets = {{1, 40}, {2, 7}, {3, 4}, {5, 5}};
  for (const auto& [profiles, replicas] : fleets) {
    Fleet fleet(profiles, replicas);
    fleet.RunFor(minutes(1));
    fleet.Want(0, profiles, 0);
    fleet.RunFor(hours(8));
    constexpr std::size_t kSpan = 39;  // steps: less than ten minutes
    for (std::size_t i = kSpan; i < fleet.totals.size(); ++i) {
      const auto before = static_cast<double>(fleet.totals[i - kSpan]);
      ASSERT_LE(before - static_cast<double>(fleet.totals[i]), std::max(1.0, 0.1 * before))
          << profiles << " profiles of " << replicas << ", at step " << i;
    }
    EXPECT_EQ(fleet.totals.back(), 0);
  }
}

TEST(FleetBrake, IsLiftedByHandForAllOrForOne) {
  Fleet fleet(20);
  fleet.RunFor(minutes(1));
  fleet.Want(0, 20, 1);
  fleet.members[3].is_lifted = true;
  fleet.RunFor(seconds(15));
  EXPECT_EQ(fleet.levels[3], Replicas(1));
  EXPECT_EQ(fleet.levels[4], Replicas(10));
  fleet.RunFor(seconds(15), true);
  EXPECT_EQ(fleet.Total(), 20);
  EXPECT_TRUE(fleet.brake.report().is_lifted);
  EXPECT_EQ(fleet.brake.report().state, State::kOff);
}

TEST(FleetBrake, CountsCoresWhereAllAreKnown) {
  Fleet fleet(4);
  for (FleetMember& member : fleet.members) member.cpu = CpuCores(1);
  fleet.members[0].cpu = CpuCores(7);  // 70 of 100 cores
  fleet.RunFor(minutes(1));
  fleet.Want(0, 1, 5);
  fleet.RunFor(seconds(15));
  EXPECT_EQ(fleet.brake.report().capacity, 100);
  EXPECT_EQ(fleet.levels[0], Replicas(9)) << "7 cores of the 10 that may go";
}

TEST(FleetBrake, KnowsWhatWasPublishedBeforeItBegan) {
  Fleet fleet(20, 9);
  for (const FleetMember& member : fleet.members)
    fleet.brake.Remember(member.profile, kStart - minutes(1), Replicas(10));
  fleet.RunFor(seconds(15));
  EXPECT_EQ(fleet.Total(), 180) << "a tenth is gone";
  fleet.Want(0, 2, 8);
  fleet.RunFor(seconds(15));
  EXPECT_EQ(fleet.Total(), 180) << "and nothing more goes";
}

TEST(FleetBrake, HoldsNothingAboveMaxReplicas) {
  Fleet fleet(20);
  fleet.RunFor(minutes(1));
  for (FleetMember& member : fleet.members) {
    member.most = Replicas(4);
    member.desired = Replicas(4);
  }
  fleet.RunFor(seconds(15));
  EXPECT_EQ(fleet.Total(), 80);
}

}  // namespace
}  // namespace loadcurve
