// A fleet in trouble: pools that dry up or do not answer, quotas, nodes that are taken away, alarms
// that are false, budgets, clocks that jump.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/scaler/capacity/fleet/fleet_world.h"

namespace loadcurve::capacity {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class FleetTrouble : public FleetWorld {
 protected:
  // What the plan says of a pool.
  std::string WhyOf(const std::string& pool) const {
    for (const PoolPlan& of : (*fleet_->plan().plan())->pools)
      if (of.pool == pool) return of.why;
    return "";
  }

  // Beside it, next in price, is a pool of the same family.
  void WantTenWhereAHasThree() {
    cloud_.AddPool("spot-a-large", "us-1a", 0.035, 1000).instance_type = "m5.xlarge";
    cloud_.SetStock("spot-a", 3);
    Want(2);
    Run(5s);
    Want(20);
    (void)Step();
  }
};

// T5: 3 of 10; the neighbour runs dry with it.
TEST_F(FleetTrouble, KeepsAPartAndOrdersTheRestInAnotherZoneInTheSameStep) {
  WantTenWhereAHasThree();
  EXPECT_THAT(NodesIn("spot-a"), SizeIs(3));
  EXPECT_THAT(NodesIn("spot-b"), SizeIs(7));
  EXPECT_THAT(NodesIn("spot-a-large"), IsEmpty());
}

TEST_F(FleetTrouble, StandsOnDemandRatherThanBesideADryPool) {
  cloud_.SetStock("spot-b", 2);
  WantTenWhereAHasThree();
  EXPECT_THAT(NodesIn("on-demand"), SizeIs(5));
  EXPECT_THAT(NodesIn("spot-a-large"), IsEmpty());
  // ... and beside it rather than nowhere.
  cloud_.SetStock("on-demand", 0);
  Want(22);
  (void)Step();
  EXPECT_THAT(NodesIn("spot-a-large"), SizeIs(1));
}

// T14: the account may hold eight spot nodes in the region.
TEST_F(FleetTrouble, UsesTheNextClassAtOnceAndTriesAQuotaNoMoreForHalfAnHour) {
  cloud_.SetQuota("us-1", CapacityClass::kSpot, 8);
  Want(10);
  Run(5s);
  Want(20);
  (void)Step();
  EXPECT_THAT(NodesIn("spot-a"), SizeIs(8));
  EXPECT_THAT(NodesIn("on-demand"), SizeIs(2)) << "in the step in which it is known";
  const OrderLimits& limits = fleet_->orders().view.limits;
  ASSERT_THAT(limits.quotas, SizeIs(1));
  EXPECT_EQ(limits.quotas[0].why, "MaxSpotInstanceCountExceeded");
  EXPECT_THAT(WhyOf("spot-b"),
              HasSubstr("no orders: MaxSpotInstanceCountExceeded with 8 spot nodes in us-1"));
  // Each minute two pods more, for 29 minutes: not one call into the quota.
  const int before = cloud_.CallsOf(CloudCall::kLaunch);
  for (int minute = 1; minute < 29; ++minute) {
    Want(20 + 2 * minute);
    Run(1min);
  }
  EXPECT_EQ(cloud_.CallsOf(CloudCall::kLaunch) - before, 28);
  EXPECT_THAT(NodesIn("on-demand"), SizeIs(30));
}

// T25: the API of zone a answers nothing more. What stands there stays, what is ordered there may
// be bought or not, and everybody else gets nodes.
TEST_F(FleetTrouble, OrdersElsewhereWhileTheApiOfAZoneIsGone) {
  Want(10);
  Run(70s);
  cloud_.SetDown({"spot-a"});
  Want(20);
  Run(10s);
  EXPECT_EQ(cloud_.Paid(), 5) << "five are on order in a";
  // What is needed beside these comes at once.
  Want(24);
  Run(10s);
  EXPECT_THAT(NodesIn("spot-b"), SizeIs(2));
  Run(40s);
  EXPECT_THAT(NodesIn("spot-b"), SizeIs(7)) << "three tries, and the list does not show them";
  const int before = cloud_.CallsOf(CloudCall::kLaunch);
  Run(2min);
  EXPECT_EQ(cloud_.CallsOf(CloudCall::kLaunch), before) << "no new orders there";
  EXPECT_EQ(cloud_.ledger().size(), 12U);
  EXPECT_THAT(NodesIn("spot-a"), SizeIs(5));
  EXPECT_THAT(cluster_.did, IsEmpty());
  cloud_.SetDown({});
  Run(2min);
  Want(26);
  Run(10s);
  EXPECT_THAT(NodesIn("spot-a"), SizeIs(6)) << "it is tried again after three minutes";
}

// T8: of each two pods of a node a budget lets one go at a time. The replacement is ordered in the
// step of the taint, when all pods are still there.
TEST_F(FleetTrouble, OrdersReplacementsElsewhereBeforeAnyPodLeavesAndHeedsBudgets) {
  cloud_.SetStock("spot-a", 50);
  Want(200);
  Run(5min);
  // It has more again, and is open.
  cloud_.SetStock("spot-a", 1000);
  const std::vector<std::string> lost = NodesIn("spot-a");
  ASSERT_THAT(lost, SizeIs(50));
  for (std::size_t i = 0; i < lost.size(); ++i) {
    cluster_.blocked.insert(lost[i] + "/y");
    cloud_.Interrupt(lost[i]);
    (void)Step();
    EXPECT_TRUE(cluster_.nodes[lost[i]].is_taken);
    EXPECT_THAT(cluster_.nodes[lost[i]].pods, SizeIs(2));
    EXPECT_THAT(NodesIn("spot-b"), SizeIs(50 + i + 1)) << "in another zone";
    (void)Step();
    EXPECT_THAT(cluster_.nodes[lost[i]].pods, SizeIs(1));
    cluster_.blocked.erase(lost[i] + "/y");
    (void)Step();
  }
  Run(10s);
  for (const std::string& id : lost) EXPECT_THAT(cluster_.nodes[id].pods, IsEmpty()) << id;
  EXPECT_THAT(cluster_.did, Not(Contains(HasSubstr("delete")))) << "nothing past a budget";
}

// T10: twenty of fifty nodes are called doubtful, and none is taken. An alarm costs a node for the
// half hour that it lasts and the twenty minutes in which it is given back, five at a time.
TEST_F(FleetTrouble, PaysATenthMoreAtMostForAlarmsThatAreFalse) {
  Want(100);
  Run(70s);
  ASSERT_EQ(cloud_.Paid(), 50);
  const std::vector<std::string> nodes = NodesIn("spot-a");
  for (std::size_t i = 0; i < 20; ++i)
    cluster_.nodes[nodes[i]].told = ToldEnd{.kind = NoticeKind::kAwsRebalance};
  double most = 0;
  for (int i = 0; i < 3 * 3600; ++i) {
    (void)Step();
    most = std::max(most, static_cast<double>(cloud_.Paid()));
  }
  EXPECT_GT(most, 50) << "one is bought ahead for each that counts";
  EXPECT_LE(most, 50 * 1.1);
  EXPECT_EQ(cloud_.Paid(), 50) << "and in the end none more";
}

// T10: the notice comes before the replacement is ready.
TEST_F(FleetTrouble, DrainsADoubtfulNodeAtOnceWhenItsNoticeComes) {
  Want(10);
  Run(70s);
  const std::string doubtful = NodesIn("spot-a").front();
  cluster_.nodes[doubtful].told = ToldEnd{.kind = NoticeKind::kAwsRebalance};
  Run(30s);
  EXPECT_THAT(cluster_.did, ElementsAre("take " + doubtful));
  cloud_.Interrupt(doubtful);
  Run(3s);
  EXPECT_THAT(cluster_.nodes[doubtful].pods, IsEmpty());
  EXPECT_EQ(cloud_.Paid(), 6) << "no second replacement";
}

// T11: 30 s of GCP; a budget keeps the pod that needs 20 s to end, and the others need 5 and 10.
TEST_F(FleetTrouble, EmptiesANodeWithinHalfAMinuteTheQuickOnesFirst) {
  Want(10);
  Run(70s);
  const std::string lost = NodesIn("spot-a").front();
  cluster_.nodes[lost].pods = {{.name = "slow", .grace = 20s},
                               {.name = "middling", .grace = 10s},
                               {.name = "quick", .grace = 5s}};
  cluster_.blocked = {"slow"};
  cluster_.nodes[lost].told =
      ToldEnd{.kind = NoticeKind::kGcpPreemption, .ends_at = clock_.Now() + 31s};
  (void)Step();
  EXPECT_EQ(cloud_.Paid(), 6) << "replaced in the step in which it is known";
  (void)Step();
  EXPECT_THAT(cluster_.did,
              ElementsAre("take " + lost, "evict quick", "evict middling", "evict slow"));
  Run(7s);
  EXPECT_THAT(cluster_.did, Not(Contains("delete slow")));
  Run(2s);
  EXPECT_EQ(cluster_.did.back(), "delete slow") << "20 s before the end";
}

// T12: a node is spare, and a budget never lets its pod go.
TEST_F(FleetTrouble, PutsASpareNodeBackThatBudgetsKeepAndSaysWhy) {
  Want(10);
  Run(70s);
  for (const std::string& id : NodesIn("spot-a")) {
    cluster_.blocked.insert(id + "/x");
    cluster_.blocked.insert(id + "/y");
  }
  Want(8);
  Run(15min);
  ASSERT_THAT(fleet_->Drains(), SizeIs(1));
  ASSERT_THAT(fleet_->Drains()[0].alarms, Not(IsEmpty()));
  EXPECT_THAT(fleet_->Drains()[0].alarms[0], HasSubstr("budget of "));
  const std::string node = fleet_->Drains()[0].node;
  Run(6min);
  EXPECT_THAT(cluster_.did, Contains("return " + node));
  EXPECT_FALSE(cluster_.nodes[node].is_taken);
  EXPECT_THAT(cluster_.nodes[node].pods, SizeIs(2));
  EXPECT_THAT(cluster_.did, Not(Contains(HasSubstr("delete"))));
  EXPECT_EQ(cloud_.Paid(), 5) << "what is not empty is not given back";
}

// The wall clock is set forward by an hour while a budget keeps a pod on a node under notice.
TEST_F(FleetTrouble, KeepsToTheDeadlineOfANoticeThoughTheClockJumps) {
  Want(10);
  Run(70s);
  const std::string lost = NodesIn("spot-a").front();
  cluster_.blocked = {lost + "/x"};
  cloud_.Interrupt(lost);
  Run(10s);
  for (const auto jump : {1h, -2h}) {
    clock_.JumpWall(jump);
    Run(20s);
    EXPECT_THAT(cluster_.did, Not(Contains(HasSubstr("delete")))) << "90 s after the notice";
  }
  Run(45s);
  EXPECT_EQ(cluster_.did.back(), "delete " + lost + "/x");
  EXPECT_EQ(cloud_.ledger().size(), 6U) << "nothing else is bought or given back";
}

}  // namespace
}  // namespace loadcurve::capacity
