#include "scaler/capacity/fleet/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>

#include "tests/scaler/capacity/fleet/fleet_world.h"

namespace loadcurve::capacity {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class FleetTest : public FleetWorld {};

TEST_F(FleetTest, BuysTheCheapestNodesThatTheDemandNeeds) {
  Want(10);
  Run(20s);
  EXPECT_THAT(NodesIn("spot-a"), SizeIs(5));
  EXPECT_EQ(cloud_.Paid(), 5);
  Want(12);
  const FleetNews news = Step();
  ASSERT_THAT(news.orders, SizeIs(1)) << "in the very step in which it is known";
  EXPECT_EQ(news.orders[0].order.nodes, 1);
}

TEST_F(FleetTest, GoesOnWhereAnotherEnded) {
  Want(10);
  for (int i = 0; i < 30; ++i) {
    (void)Step();
    Restart();
  }
  Run(10s);
  EXPECT_EQ(cloud_.ledger().size(), 5U);
}

TEST_F(FleetTest, OnlyPlansWhereItMayNotAct) {
  acts_ = false;
  Want(10);
  Run(20s);
  EXPECT_THAT(cloud_.ledger(), IsEmpty());
  EXPECT_EQ(capacity::NodesIn(**fleet_->plan().plan(), "spot-a"), 5);
  EXPECT_TRUE(disk_.orders.empty());
}

TEST_F(FleetTest, HoldsWhatIsThereWhileTheDemandIsNotKnown) {
  Want(10);
  Run(70s);
  demand_.reset();
  ++version_;
  Run(30min);
  EXPECT_EQ(cloud_.Paid(), 5);
  EXPECT_THAT(cluster_.did, IsEmpty());
}

TEST_F(FleetTest, TaintsAndReplacesElsewhereInTheStepInWhichANoticeComes) {
  Want(10);
  Run(70s);
  const std::string lost = NodesIn("spot-a").front();
  cloud_.Interrupt(lost);
  const FleetNews news = Step();
  ASSERT_THAT(news.drains.taken, SizeIs(1));
  EXPECT_EQ(news.drains.taken[0].node, lost);
  EXPECT_EQ(news.drains.taken[0].notice, NoticeKind::kAwsInterruption);
  EXPECT_THAT(cluster_.did, ElementsAre("take " + lost));
  ASSERT_THAT(NodesIn("spot-b"), SizeIs(1)) << "where nothing is being taken away";
  EXPECT_THAT(NodesIn("spot-a"), SizeIs(5));
  // The deadline stands on the node, for whoever takes over.
  EXPECT_TRUE(cluster_.nodes[lost].told->ends_at);
  (void)Step();
  EXPECT_THAT(cluster_.nodes[lost].pods, IsEmpty());
  cloud_.TakeAway(lost);
  Run(70s);
  EXPECT_EQ(cloud_.ledger().size(), 6U);
  EXPECT_THAT(fleet_->Drains(), IsEmpty());
}

// T8 in simulated time: half of the nodes, of one zone, within three minutes.
TEST_F(FleetTest, TaintsAllOfFiftyNodesThatGoTogetherAndReplacesThemInOtherZones) {
  cloud_.SetStock("spot-a", 50);
  Want(200);
  Run(90s);
  const std::vector<std::string> lost = NodesIn("spot-a");
  ASSERT_THAT(lost, SizeIs(50));
  ASSERT_THAT(NodesIn("spot-b"), SizeIs(50));
  cluster_.did.clear();
  for (const std::string& id : lost) {
    cloud_.Interrupt(id);
    (void)Step();
    EXPECT_THAT(cluster_.did, Contains("take " + id)) << "in the next second";
    for (int i = 0; i < 2; ++i) (void)Step();
  }
  EXPECT_THAT(NodesIn("spot-b"), SizeIs(100));
  EXPECT_EQ(cloud_.ledger().size(), 150U) << "each is replaced once";
  EXPECT_THAT(cluster_.did, Not(Contains(HasSubstr("delete"))));
}

TEST_F(FleetTest, KeepsToBudgetsUntilOnlyTheGraceIsLeft) {
  Want(10);
  Run(70s);
  const std::string lost = NodesIn("spot-a").front();
  cluster_.blocked = {lost + "/x"};
  cloud_.Interrupt(lost);
  const Duration noticed_at = clock_.MonotonicNow();
  const auto is_deleted = [&] {
    return std::ranges::find(cluster_.did, "delete " + lost + "/x") != cluster_.did.end();
  };
  while (!is_deleted() && clock_.MonotonicNow() < noticed_at + 2min) (void)Step();
  // Two minutes of notice without the 30 s that the pod has to end.
  EXPECT_GE(clock_.MonotonicNow() - noticed_at, Duration(90s));
  EXPECT_LE(clock_.MonotonicNow() - noticed_at, Duration(92s));
  EXPECT_THAT(cluster_.did, Contains("evict " + lost + "/y"));
}

TEST_F(FleetTest, ReplacesAtOnceANodeThatIsNotHeardOfAnyMore) {
  Want(10);
  Run(70s);
  ClusterNode& lost = cluster_.nodes[NodesIn("spot-a").front()];
  lost.is_ready = false;
  lost.is_lost = true;
  (void)Step();
  EXPECT_EQ(cloud_.Paid(), 6);
  EXPECT_THAT(cluster_.did, IsEmpty()) << "there is nobody to evict from it";
}

// T10.
TEST_F(FleetTest, BuysAheadOnARecommendationAndEvictsNobodyBeforeTheReplacementIsReady) {
  Want(10);
  Run(70s);
  const std::string doubtful = NodesIn("spot-a").front();
  cluster_.nodes[doubtful].told = ToldEnd{.kind = NoticeKind::kAwsRebalance};
  Run(50s);
  EXPECT_EQ(cloud_.Paid(), 6);
  EXPECT_THAT(cluster_.did, ElementsAre("take " + doubtful));
  Run(20s);
  EXPECT_THAT(cluster_.nodes[doubtful].pods, IsEmpty());
}

TEST_F(FleetTest, ReturnsANodeThatIsOutOfServiceForNoReason) {
  Want(10);
  Run(70s);
  const std::string node = NodesIn("spot-a").front();
  cluster_.nodes[node].is_taken = true;
  Restart();
  Run(3s);
  EXPECT_THAT(cluster_.did, ElementsAre("return " + node));
}

TEST_F(FleetTest, PutsANodeBackInServiceThatDidNotEndWhenItWasSaidTo) {
  Want(10);
  Run(70s);
  const std::string node = NodesIn("spot-a").front();
  cluster_.nodes[node].told = ToldEnd{.ends_at = clock_.Now() + 30s};
  Run(9min);
  EXPECT_TRUE(cluster_.nodes[node].is_taken);
  Run(3min);
  EXPECT_EQ(cluster_.did.back(), "return " + node);
}

TEST_F(FleetTest, LeavesNodesThatAreNotOfItsProviderAlone) {
  Want(2);
  Run(70s);
  cluster_.Add("somebody-elses", {"a/b"});
  cluster_.nodes["somebody-elses"].told = ToldEnd{};
  Run(10s);
  EXPECT_THAT(cluster_.did, IsEmpty());
}

TEST_F(FleetTest, HoldsAndSaysSoWhileTheCloudIsAway) {
  Want(10);
  Run(70s);
  bool is_away = true;
  cloud_.Script([&](CloudCall) { return is_away ? CloudFault::kNeverSent : CloudFault::kNone; });
  Want(20);
  Run(30s);
  EXPECT_TRUE(fleet_->provider_fault());
  is_away = false;
  Run(3min);
  EXPECT_FALSE(fleet_->provider_fault());
  EXPECT_EQ(cloud_.ledger().size(), 10U);
}

TEST_F(FleetTest, GivesBackWhatWasSpareForTenMinutesAfterTenMoreOfWatching) {
  Want(10);
  Run(70s);
  Want(8);
  Run(9min);
  EXPECT_THAT(cluster_.did, IsEmpty());
  Run(5min);
  EXPECT_THAT(cluster_.did, SizeIs(3)) << "taken, and two evictions";
  EXPECT_EQ(cloud_.Paid(), 5) << "parked";
  Run(9min);
  EXPECT_EQ(cloud_.Paid(), 4);
}

TEST_F(FleetTest, TakesNothingOutOfServiceThatItsProviderCannotEnd) {
  cloud_.EndNoChosenNodes();
  Want(10);
  Run(70s);
  Want(8);
  Run(1h);
  EXPECT_THAT(cluster_.did, IsEmpty());
  EXPECT_EQ(cloud_.Paid(), 5);
  Want(10);
  Run(10min);
  EXPECT_EQ(cloud_.ledger().size(), 5U) << "what is spare is there when it is needed again";
}

TEST_F(FleetTest, PutsWhatIsParkedBackInServiceWhenItIsNeededAgain) {
  Want(10);
  Run(70s);
  Want(8);
  Run(14min);
  Want(10);
  Run(2s);
  ASSERT_THAT(cluster_.did, SizeIs(4));
  EXPECT_THAT(cluster_.did.back(), HasSubstr("return "));
  Run(1h);
  EXPECT_EQ(cloud_.ledger().size(), 5U) << "nothing was bought for it";
}

// Two nodes lost of five in an hour count as two fifths of a loss; a hundred hours of the stated 0
// beside it make it (0 + 0.4) / (100 + 1).
TEST_F(FleetTest, LearnsFromTheNodesThatWereTakenAway) {
  Want(10);
  Run(70s);
  const std::vector<std::string> nodes = NodesIn("spot-a");
  cloud_.Interrupt(nodes[0]);
  cloud_.Interrupt(nodes[1]);
  Run(3s);
  for (int i = 0; i < 2; ++i) cloud_.TakeAway(nodes[static_cast<std::size_t>(i)]);
  Run(61min);
  const SeenLosses seen = fleet_->seen_losses().pools().at("spot-a");
  EXPECT_NEAR(seen.lost, 0.4, 1e-9);
  const auto& offers = fleet_->plan().basis().offers;
  const auto believed = std::ranges::find(offers, "spot-a", &CapacityOffer::pool);
  EXPECT_NEAR(believed->losses_per_hour, 0.4 / (100 + seen.hours), 1e-9);
}

// What the leader before saw: spot in a goes five times an hour, b almost never.
TEST_F(FleetTest, BuysWhereLeadersBeforeLostLess) {
  fleet_->Resume(LossRecord::After({{"spot-a", {20, 100}}, {"spot-b", {500, 0}}}, {}));
  Want(10);
  Run(20s);
  EXPECT_THAT(NodesIn("spot-a"), IsEmpty());
  EXPECT_THAT(NodesIn("spot-b"), SizeIs(5));
}

// A profile that selects no workload.
TEST_F(FleetTest, BuysNothingForADemandOfNoGroupsAndGivesBackWhatIsThere) {
  demand_ = DemandFor({});
  ++version_;
  Run(20s);
  EXPECT_THAT(cloud_.ledger(), IsEmpty());
  ASSERT_TRUE(fleet_->plan().plan() && fleet_->plan().plan()->has_value());
  Want(10);
  Run(70s);
  EXPECT_EQ(cloud_.Paid(), 5);
  demand_ = DemandFor({});
  ++version_;
  Run(3h);
  EXPECT_EQ(cloud_.Paid(), 0);
}

// T23: two pools of one price, which strays by 2 % every ten minutes for a day, and a hundred
// nodes. Who always stood in the cheaper one would move them more than ten times each.
TEST_F(FleetTest, MovesNoNodesForTheNoiseOfPrices) {
  Want(200);
  Run(70s);
  ASSERT_EQ(cloud_.Paid(), 100);
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> noise(0.98, 1.02);
  int greedy = 0;
  bool was_a = true;
  for (int sample = 0; sample < 24 * 6; ++sample) {
    const double a = 0.03 * noise(random);
    const double b = 0.03 * noise(random);
    cloud_.OfferOf("spot-a").price = UsdPerHour(a);
    cloud_.OfferOf("spot-b").price = UsdPerHour(b);
    if (std::exchange(was_a, a < b) != was_a) greedy += 100;
    for (int i = 0; i < 20; ++i) (void)Step(30s);
  }
  EXPECT_EQ(cloud_.ledger().size(), 100U) << "no move, where one a node would do";
  EXPECT_GT(greedy, 10 * 100);
}

}  // namespace
}  // namespace loadcurve::capacity
