#include "scaler/capacity/orders/order_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/order_rig.h"

namespace loadcurve::capacity {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

// Three spot pools in two regions, and one on demand that never runs dry.
class OrderRunnerTest : public testing::Test {
 protected:
  explicit OrderRunnerTest(const FakeCloud::Rules& rules = {}) : rig_(rules) {
    rig_.cloud.AddPool("a", "us-1a", 0.30, 100);
    rig_.cloud.AddPool("b", "us-1a", 0.31, 100);
    rig_.cloud.AddPool("c", "eu-1c", 0.35, 100);
    rig_.cloud.AddPool("od", "eu-1b", 1.00, 100'000).capacity_class = CapacityClass::kOnDemand;
    rig_.Settle();
  }

  void ExpectBooksAgree() const {
    EXPECT_EQ(rig_.Recorded(), rig_.Charged());
    for (const auto& [key, order] : rig_.disk.orders)
      EXPECT_EQ(order.stage, OrderStage::kSettled) << order.order.token;
  }

  // Faults of the calls to come, one each, then none.
  void Script(CloudCall of, std::vector<CloudFault> faults) {
    std::reverse(faults.begin(), faults.end());
    rig_.cloud.Script([of, faults](CloudCall call) mutable {
      if (call != of || faults.empty()) return CloudFault::kNone;
      const CloudFault fault = faults.back();
      faults.pop_back();
      return fault;
    });
  }

  OrderRig rig_;
};

class OrdersWithoutTokensTest : public OrderRunnerTest {
 protected:
  OrdersWithoutTokensTest() : OrderRunnerTest({.knows_tokens = false, .list_lag = 20s}) {}
};

class AllOrNothingTest : public OrderRunnerTest {
 protected:
  AllOrNothingTest() : OrderRunnerTest({.knows_tokens = false, .is_all_or_nothing = true}) {}
};

TEST_F(OrderRunnerTest, BuysWhatIsWantedOnceAndNothingMore) {
  const OrderReport report = rig_.Tick(10);
  ASSERT_THAT(report.settled, SizeIs(1));
  EXPECT_EQ(report.settled[0].order.pool, "a");
  EXPECT_THAT(report.settled[0].node_ids, SizeIs(10));
  for (int i = 0; i < 30; ++i) (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.CallsOf(CloudCall::kLaunch), 1);
  EXPECT_EQ(rig_.cloud.Paid(), 10);
  ExpectBooksAgree();
}

TEST_F(OrderRunnerTest, BuysOnlyWhatIsMissingWhenMoreIsWanted) {
  (void)rig_.Tick(10);
  (void)rig_.Tick(14);
  EXPECT_EQ(rig_.cloud.Paid(), 14);
  EXPECT_THAT(rig_.disk.orders, SizeIs(2));
  ExpectBooksAgree();
}

TEST_F(OrderRunnerTest, HoldsWhileAnEmptyJournalMayHaveForgottenWhatWasBought) {
  OrderRig fresh;
  fresh.cloud.AddPool("a", "us-1a", 0.30, 100);
  EXPECT_TRUE(fresh.Tick(10).is_held);
  EXPECT_EQ(fresh.cloud.Paid(), 0);
  for (int i = 0; i < 7; ++i) (void)fresh.Tick(10);
  EXPECT_EQ(fresh.cloud.Paid(), 10);
}

// T5: stock 3 of 10.
TEST_F(OrderRunnerTest, KeepsAPartAndOrdersTheRestElsewhereInTheSameRun) {
  rig_.cloud.SetStock("a", 3);
  const OrderReport report = rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.PaidIn("a"), 3);
  // Pool b is next in price, but of the same type in the same zone as the dry one.
  EXPECT_EQ(rig_.cloud.PaidIn("b"), 0);
  EXPECT_EQ(rig_.cloud.PaidIn("c"), 7);
  EXPECT_THAT(report.view.limits.closed, Contains(Key("a")));
  EXPECT_THAT(report.view.limits.suspects, ElementsAre("b"));
  EXPECT_THAT(report.unmet, IsEmpty());
  ExpectBooksAgree();
}

// T7: HTTP 200 with Instances[4] and Errors[6].
TEST_F(OrderRunnerTest, NeverOrdersThePartThatCameAgain) {
  rig_.cloud.SetStock("a", 4);
  rig_.cloud.SetStock("b", 0);
  rig_.cloud.SetStock("c", 0);
  for (int i = 0; i < 60; ++i) (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.PaidIn("a"), 4);
  EXPECT_EQ(rig_.cloud.PaidIn("od"), 6);
  EXPECT_THAT(rig_.cloud.ledger(), SizeIs(10));
  ExpectBooksAgree();
}

// T5: 3 min, 6 min, 12 min, a tenth more or less, up to an hour.
TEST_F(OrderRunnerTest, TriesADryPoolAgainLessAndLessOften) {
  rig_.cloud.SetStock("a", 0);
  rig_.cloud.SetStock("c", 100'000);
  std::int64_t demand = 0;
  const auto launches_in = [&](int ticks) {
    const int before = rig_.cloud.CallsOf(CloudCall::kLaunch);
    for (int i = 0; i < ticks; ++i) {
      rig_.cloud.Advance(50s);
      (void)rig_.Tick(++demand);  // once a minute
    }
    return rig_.cloud.CallsOf(CloudCall::kLaunch) - before - ticks;  // beyond those that sell
  };
  EXPECT_EQ(launches_in(11), 3);   // at 0, 3 and 9 minutes
  EXPECT_EQ(launches_in(39), 2);   // at 21 and 45
  EXPECT_EQ(launches_in(180), 3);  // and then every hour or so
  EXPECT_EQ(rig_.cloud.Paid(), demand);
}

TEST_F(OrderRunnerTest, BuysOfAPoolAgainOnceItHasStock) {
  rig_.cloud.SetStock("a", 0);
  (void)rig_.Tick(5);
  rig_.cloud.SetStock("a", 100);
  for (int i = 0; i < 20; ++i) (void)rig_.Tick(5);
  const OrderReport report = rig_.Tick(6);
  EXPECT_EQ(rig_.cloud.PaidIn("a"), 1);
  EXPECT_THAT(report.view.limits.closed, IsEmpty());
}

// T14.
TEST_F(OrderRunnerTest, RemembersAQuotaForTheRegionAndClassAndUsesTheNextClass) {
  rig_.cloud.SetQuota("us-1", CapacityClass::kSpot, 4);
  const OrderReport report = rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.PaidIn("a"), 4);
  EXPECT_EQ(rig_.cloud.PaidIn("c"), 6);
  ASSERT_THAT(report.view.limits.quotas, SizeIs(1));
  EXPECT_EQ(report.view.limits.quotas[0].region, "us-1");
  EXPECT_EQ(report.view.limits.quotas[0].why, "MaxSpotInstanceCountExceeded");
  EXPECT_THAT(report.view.limits.closed, Contains(Key("b")));  // never asked, and closed too
  const int before = rig_.cloud.CallsOf(CloudCall::kLaunch);
  for (std::int64_t i = 0; i < 29 * 6; ++i) (void)rig_.Tick(11 + i / 6);
  EXPECT_EQ(rig_.cloud.PaidIn("a") + rig_.cloud.PaidIn("b"), 4);
  EXPECT_EQ(rig_.cloud.CallsOf(CloudCall::kLaunch) - before, 29) << "none of them into the quota";
  ExpectBooksAgree();
}

// T15.
TEST_F(OrderRunnerTest, WaitsAsLongAsTheCloudAsksAndLosesNoOrder) {
  Script(CloudCall::kLaunch, {CloudFault::kThrottled});
  OrderReport report = rig_.Tick(10);  // Retry-After: 7 s, so the next tick may
  EXPECT_THAT(report.open, SizeIs(1));
  EXPECT_EQ(report.view.counts.at("a").pending, 10);
  report = rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.Paid(), 10);
  EXPECT_EQ(rig_.cloud.CallsOf(CloudCall::kLaunch), 2);
  EXPECT_THAT(rig_.disk.orders, SizeIs(1));
  ExpectBooksAgree();
}

// T15: a cloud that asks for seven seconds gets them; one that asks for none gets half a second to
// one, then one to two ... of which a part is chance.
TEST(CallBudget, HonoursWhatTheCloudAsksAndStraysByChance) {
  CallBudget asked({.per_second = 5, .burst = 20}, 1);
  asked.OnRefused(0s, 7s);
  EXPECT_FALSE(asked.Take(6900ms, OrderUrgency::kReplacement));
  EXPECT_TRUE(asked.Take(7s, OrderUrgency::kReplacement));
  std::set<Duration> pauses;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CallBudget budget({}, seed);
    for (const Duration longest : {1s, 2s, 4s}) {
      budget.OnRefused(10s, 0s);
      EXPECT_LE(budget.paused_until(), 10s + longest);
    }
    EXPECT_GE(budget.paused_until(), Duration(12s));
    pauses.insert(budget.paused_until());
  }
  EXPECT_THAT(pauses, SizeIs(20)) << "no two come back together";
}

// T15: a thousand pools want a node each; in a minute five calls a second and twenty at once.
TEST(CallBudget, LetsNoMoreCallsThroughThanTheAccountTakes) {
  FakeCloud cloud({});
  JournalDisk disk;
  MemoryOrderJournal journal(disk);
  OrderRunner runner(journal, cloud, {});
  std::vector<PoolWish> wishes;
  for (int i = 0; i < 1000; ++i) {
    const std::string pool = "p" + std::to_string(i);
    cloud.AddPool(pool, "us-1a", 0.3, 10);
    wishes.push_back({.pool = pool, .nodes = 1});
  }
  const auto calls = [&] {
    return cloud.CallsOf(CloudCall::kLaunch) + cloud.CallsOf(CloudCall::kNodes);
  };
  const auto run = [&](const std::vector<PoolWish>& wanted) {
    cloud.Advance(1s);
    (void)runner.Run({.now = cloud.now(), .plan = [&](const OrderView&) { return wanted; }});
  };
  for (int i = 0; i < 70; ++i) run({});
  const int before = calls();
  for (int i = 0; i < 60; ++i) run(wishes);
  EXPECT_LE(calls() - before, 60 * 5 + 20);
  EXPECT_GE(calls() - before, 60 * 5 - 20) << "and what may be called is";
  for (int i = 0; i < 300; ++i) run(wishes);
  EXPECT_EQ(cloud.Paid(), 1000) << "no order is lost";
}

TEST_F(OrderRunnerTest, CallsLessAndLessOftenInAStormOfRefusals) {
  rig_.cloud.Script([](CloudCall) { return CloudFault::kThrottled; });
  const auto calls = [&] {
    return rig_.cloud.CallsOf(CloudCall::kLaunch) + rig_.cloud.CallsOf(CloudCall::kNodes);
  };
  const int before = calls();
  for (int i = 0; i < 60; ++i) (void)rig_.Tick(10);
  // Ten minutes: pauses of at least half of 1, 2, 4 ... 60 s; then at most two a minute.
  EXPECT_LE(calls() - before, 26);
  EXPECT_GE(calls() - before, 10);
  rig_.cloud.Script(nullptr);
  for (int i = 0; i < 7; ++i) (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.Paid(), 10);
  ExpectBooksAgree();
}

// T16.
TEST_F(OrderRunnerTest, SendsTheSameTokenAgainWhenAnAnswerWasLost) {
  Script(CloudCall::kLaunch, {CloudFault::kLostReply, CloudFault::kLostReply});
  for (int i = 0; i < 5; ++i) (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.CallsOf(CloudCall::kLaunch), 3);
  EXPECT_THAT(rig_.cloud.ledger(), SizeIs(10));
  ExpectBooksAgree();
}

TEST_F(OrderRunnerTest, PlansTheRestAnewInTheRunThatLearnsOfAPart) {
  rig_.cloud.SetStock("a", 3);
  Script(CloudCall::kLaunch, {CloudFault::kLostReply});
  (void)rig_.Tick(10);
  (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.PaidIn("a"), 3);
  EXPECT_EQ(rig_.cloud.PaidIn("c"), 7);
  ExpectBooksAgree();
}

TEST_F(OrderRunnerTest, SettlesAnOrderThatTheCloudRefusesAndSaysWhy) {
  Script(CloudCall::kLaunch, {CloudFault::kRefused});
  const OrderReport report = rig_.Tick(10);
  ASSERT_THAT(report.faults, SizeIs(1));
  EXPECT_THAT(report.faults[0].message, HasSubstr("no such type"));
  EXPECT_EQ(report.view.limits.closed.at("a").why, "400: no such type");
  EXPECT_EQ(rig_.cloud.Paid(), 10);
  ExpectBooksAgree();
}

TEST_F(OrderRunnerTest, BuysOnAListOfAMinuteAgoWhereTheCloudKnowsTokens) {
  (void)rig_.Tick(10);
  rig_.cloud.Script([](CloudCall call) {
    return call == CloudCall::kNodes ? CloudFault::kNeverSent : CloudFault::kNone;
  });
  // A list that fails pauses all calls for a second at most: the next tick buys.
  rig_.cloud.Advance(40s);
  for (int i = 0; i < 3; ++i) (void)rig_.Tick(12);
  EXPECT_EQ(rig_.cloud.Paid(), 10);
  rig_.cloud.Script(nullptr);
  (void)rig_.Tick(12);
  (void)rig_.Tick(12);
  EXPECT_EQ(rig_.cloud.Paid(), 12);
}

// T17.
TEST_F(OrdersWithoutTokensTest, LooksForTheTokenBeforeItAsksAgain) {
  Script(CloudCall::kLaunch, {CloudFault::kLostReply});
  for (int i = 0; i < 20; ++i) (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.CallsOf(CloudCall::kLaunch), 1);
  EXPECT_THAT(rig_.cloud.ledger(), SizeIs(10));
  ExpectBooksAgree();
}

TEST_F(OrdersWithoutTokensTest, AsksAgainOnceItIsCertainThatNothingCame) {
  Script(CloudCall::kLaunch, {CloudFault::kNeverSent});
  for (int i = 0; i < 5; ++i) (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.Paid(), 0) << "a late order may still come through";
  for (int i = 0; i < 5; ++i) (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.Paid(), 10);
  ExpectBooksAgree();
}

TEST_F(OrdersWithoutTokensTest, HoldsWhileTheCloudListsNothing) {
  rig_.cloud.Script([](CloudCall call) {
    return call == CloudCall::kLaunch ? CloudFault::kLostReply : CloudFault::kNone;
  });
  (void)rig_.Tick(10);
  rig_.cloud.Script([](CloudCall call) {
    return call == CloudCall::kNodes ? CloudFault::kNeverSent : CloudFault::kNone;
  });
  for (int i = 0; i < 360; ++i) (void)rig_.Tick(20);
  EXPECT_EQ(rig_.cloud.CallsOf(CloudCall::kLaunch), 1);
  EXPECT_THAT(rig_.cloud.ledger(), SizeIs(10));
  rig_.cloud.Script(nullptr);
  for (int i = 0; i < 20; ++i) (void)rig_.Tick(20);
  EXPECT_THAT(rig_.cloud.ledger(), SizeIs(20));
  ExpectBooksAgree();
}

// T7, as BridgX sells: 10 of 7 is nothing; then 5, and 2 of the 2 that are left, once 5 did not go.
TEST_F(AllOrNothingTest, AsksForHalfWhereAllWasTooMuch) {
  rig_.cloud.SetStock("a", 7);
  for (int i = 0; i < 3; ++i) (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.PaidIn("a"), 7);
  EXPECT_EQ(rig_.cloud.Paid(), 10);
  EXPECT_THAT(rig_.cloud.ledger(), SizeIs(10));
  ExpectBooksAgree();
}

TEST_F(OrderRunnerTest, ReplacesNodesUnderNoticeBeforeTheyGo) {
  (void)rig_.Tick(10);
  rig_.cloud.Interrupt("i-3");
  (void)rig_.Tick(10, OrderUrgency::kReplacement);
  EXPECT_EQ(rig_.cloud.Paid(), 11);
  rig_.cloud.TakeAway("i-3");
  for (int i = 0; i < 10; ++i) (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.Paid(), 10);
  ExpectBooksAgree();
}

TEST_F(OrderRunnerTest, ReplacesAtOnceWhatIsNotReadyOrVanishes) {
  (void)rig_.Tick(10);
  rig_.losing = {"i-1"};
  (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.Paid(), 11);
  rig_.cloud.TakeAway("i-2");
  (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.Paid(), 11);
}

// An empty answer with status 200 is no proof that a hundred nodes are gone.
TEST_F(OrderRunnerTest, DoubtsAListThatLostMostOfItsNodes) {
  (void)rig_.Tick(10);
  (void)rig_.Tick(10);
  for (int i = 0; i < 6; ++i) rig_.cloud.TakeAway("i-" + std::to_string(i));
  for (int i = 0; i < 5; ++i) (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.Paid(), 4);
  for (int i = 0; i < 3; ++i) (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.Paid(), 10);
  ExpectBooksAgree();
}

TEST_F(OrderRunnerTest, GivesBackWhatWasDrainedAndForgetsIt) {
  (void)rig_.Tick(10);
  rig_.given_back = {"i-0", "i-1"};
  const OrderReport report = rig_.Tick(8);
  EXPECT_EQ(report.retired, 2);
  EXPECT_EQ(rig_.cloud.Paid(), 8);
  rig_.given_back.clear();
  for (int i = 0; i < 20; ++i) (void)rig_.Tick(8);
  EXPECT_EQ(rig_.cloud.Paid(), 8);
  ExpectBooksAgree();
}

TEST_F(OrderRunnerTest, AdoptsWhatIsThereWhenItsDiskIsEmpty) {
  (void)rig_.Tick(10);
  rig_.disk = {.identity = "disk-2"};
  rig_.Restart();
  OrderReport report = rig_.Tick(10);
  EXPECT_EQ(report.adopted, 10);
  for (int i = 0; i < 20; ++i) (void)rig_.Tick(10);
  EXPECT_THAT(rig_.cloud.ledger(), SizeIs(10));
  ExpectBooksAgree();
}

TEST_F(OrderRunnerTest, TellsWhatNobodyOrderedOrWantsAfterTenMinutes) {
  (void)rig_.Tick(10);
  rig_.disk = {.identity = "disk-2"};
  rig_.Restart();
  // Six are wanted now, and taken into an order; four are not.
  OrderReport report;
  for (int i = 0; i < 59; ++i) {
    report = rig_.Tick(6);
    EXPECT_THAT(report.surplus, IsEmpty());
  }
  report = rig_.Tick(6);
  report = rig_.Tick(6);
  ASSERT_THAT(report.surplus, SizeIs(4));
  for (const ProvidedNode& node : report.surplus) rig_.given_back.push_back(node.id);
  (void)rig_.Tick(6);
  EXPECT_EQ(rig_.cloud.Paid(), 6);
  ExpectBooksAgree();
}

TEST_F(OrderRunnerTest, KeepsSavingsBehindWhatIsUrgent) {
  CallBudget budget({.per_second = 1, .burst = 4}, 1);
  EXPECT_TRUE(budget.Take(0s, OrderUrgency::kSavings));
  EXPECT_TRUE(budget.Take(0s, OrderUrgency::kGrowth));
  EXPECT_FALSE(budget.Take(0s, OrderUrgency::kSavings));
  EXPECT_TRUE(budget.Take(0s, OrderUrgency::kReplacement));
  EXPECT_TRUE(budget.Take(0s, OrderUrgency::kReplacement));
  EXPECT_FALSE(budget.Take(0s, OrderUrgency::kReplacement));
  EXPECT_TRUE(budget.Take(1s, OrderUrgency::kReplacement));
}

// T22: the old leader was paused for a minute between its decision and its call.
TEST_F(OrderRunnerTest, LeavesAnOldLeaderNothingToDo) {
  MemoryOrderJournal* old_journal = rig_.journal.get();
  const std::unique_ptr<MemoryOrderJournal> kept = std::move(rig_.journal);
  const std::unique_ptr<OrderRunner> old_runner = std::move(rig_.runner);
  rig_.Restart();
  rig_.Settle();
  (void)rig_.Tick(10);
  const auto offers = *rig_.cloud.Offers();
  const OrderReport late = old_runner->Run(
      {.now = rig_.cloud.now(), .offers = offers, .plan = CheapestFill(offers, 25)});
  ASSERT_THAT(late.faults, Not(IsEmpty()));
  EXPECT_EQ(late.faults.back().code, ErrorCode::kConflict);
  EXPECT_FALSE(old_journal->MayAct());
  EXPECT_EQ(rig_.cloud.Paid(), 10);
  ExpectBooksAgree();
}

// T22: ... or between the check that it leads and the moment its call arrives.
TEST_F(OrderRunnerTest, GetsTheSameNodesForALateCallOfAnOldLeader) {
  Script(CloudCall::kLaunch, {CloudFault::kNeverSent});
  (void)rig_.Tick(10);
  const CapacityOrder late = rig_.disk.orders.begin()->second.order;
  rig_.Restart();
  (void)rig_.Tick(10);
  EXPECT_EQ(rig_.cloud.Paid(), 10);
  EXPECT_THAT(rig_.cloud.Launch(late)->node_ids, SizeIs(10));
  for (int i = 0; i < 5; ++i) (void)rig_.Tick(10);
  EXPECT_THAT(rig_.cloud.ledger(), SizeIs(10));
  ExpectBooksAgree();
}

}  // namespace
}  // namespace loadcurve::capacity
