#include "scaler/capacity/orders/node_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/node_group_rig.h"

namespace loadcurve::capacity {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(NodeGroups, KnowsNothingBeforeTheFirstList) {
  NodeGroups groups({CapacityOffer{.pool = "a", .most_nodes = 9}}, "1");
  EXPECT_EQ(groups.TargetOf("a").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(groups.Increase("a", 1).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(groups.TargetOf("z").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(groups.IsCurrent(Duration(0)));
}

TEST(NodeGroups, BuyWhatTheTargetIsRaisedByAndNoMore) {
  NodeGroupRig rig;
  ASSERT_TRUE(rig.groups->Increase("b", 4));
  EXPECT_EQ(rig.Target("b"), 4);
  for (int i = 0; i < 5; ++i) (void)rig.Turn();
  EXPECT_EQ(rig.cloud.PaidIn("b"), 4);
  EXPECT_THAT(rig.Ids("b"), SizeIs(4));
  EXPECT_EQ(rig.groups->GroupOfNode(rig.Ids("b").front())->pool, "b");
  EXPECT_EQ(rig.groups->GroupOfNode("i-of-somebody-else"), nullptr);
}

TEST(NodeGroups, MayNotGrowBeyondTheirPool) {
  NodeGroupRig rig;
  ASSERT_TRUE(rig.groups->Increase("b", 49));
  EXPECT_THAT(rig.groups->Increase("b", 2).error().message,
              HasSubstr("'b' has a target of 49 and is to get 2 more; expected 1 or more, and at "
                        "most 50 in all"));
  EXPECT_EQ(rig.groups->Increase("b", 0).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(rig.Target("b"), 49);
}

TEST(NodeGroups, ShowWhatAPoolCannotGiveInTheTurnThatAskedForIt) {
  NodeGroupRig rig;
  ASSERT_TRUE(rig.groups->Increase("a", 5));
  (void)rig.Turn();
  EXPECT_EQ(rig.cloud.PaidIn("a"), 3);
  EXPECT_EQ(rig.Target("a"), 5);
  const auto missing = rig.Ids("a", true);
  ASSERT_THAT(missing, SizeIs(2));
  const GroupInstance last = rig.groups->InstancesOf("a")->back();
  EXPECT_EQ(last.id, missing.back());
  EXPECT_EQ(last.shortfall, Shortfall::kStock);
  EXPECT_EQ(last.why_missing, "InsufficientInstanceCapacity");
  (void)rig.Turn();
  EXPECT_EQ(rig.Ids("a", true), missing) << "the same failure has the same ids";
  ASSERT_TRUE(rig.groups->Delete("a", missing));
  EXPECT_EQ(rig.Target("a"), 3);
  (void)rig.Turn();
  EXPECT_THAT(rig.Ids("a", true), IsEmpty());
  EXPECT_TRUE(rig.groups->Deleted("a", missing));
  // Another try is another failure.
  ASSERT_TRUE(rig.groups->Increase("a", 1));
  (void)rig.Turn();
  ASSERT_THAT(rig.Ids("a", true), SizeIs(1));
  EXPECT_THAT(missing, testing::Not(testing::Contains(rig.Ids("a", true).front())));
  EXPECT_TRUE(rig.groups->Delete("a", missing)) << "what is gone may be deleted again";
  EXPECT_EQ(rig.Target("a"), 4);
}

TEST(NodeGroups, TellAnExhaustedQuotaFromAnotherRefusal) {
  NodeGroupRig rig;
  rig.cloud.SetQuota("us-1", CapacityClass::kSpot, 1);
  ASSERT_TRUE(rig.groups->Increase("b", 2));
  (void)rig.Turn();
  EXPECT_EQ(rig.groups->InstancesOf("b")->back().shortfall, Shortfall::kQuota);
  NodeGroupRig refused;
  refused.cloud.Script([](CloudCall call) {
    return call == CloudCall::kLaunch ? CloudFault::kRefused : CloudFault::kNone;
  });
  ASSERT_TRUE(refused.groups->Increase("b", 1));
  (void)refused.Turn();
  EXPECT_EQ(refused.groups->InstancesOf("b")->back().shortfall, Shortfall::kOther);
}

TEST(NodeGroups, NeverDeleteANodeByLoweringTheTarget) {
  NodeGroupRig rig;
  ASSERT_TRUE(rig.groups->Increase("a", 5));
  (void)rig.Turn();
  // Three are there, two are not to be had.
  const auto refused = rig.groups->Decrease("a", -3);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("3 nodes are there or on order"));
  EXPECT_EQ(rig.groups->Decrease("a", 1).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(rig.groups->Decrease("a", -1));
  EXPECT_THAT(rig.Ids("a", true), SizeIs(1));
  ASSERT_TRUE(rig.groups->Decrease("a", -1));
  EXPECT_EQ(rig.groups->Decrease("a", -1).error().code, ErrorCode::kConflict);
  (void)rig.Turn();
  EXPECT_EQ(rig.cloud.PaidIn("a"), 3);
  EXPECT_EQ(rig.Target("a"), 3);
}

TEST(NodeGroups, DoNotLowerTheTargetBelowWhatIsOnOrder) {
  NodeGroupRig rig;
  rig.cloud.Script([](CloudCall call) {
    return call == CloudCall::kLaunch ? CloudFault::kNeverSent : CloudFault::kNone;
  });
  ASSERT_TRUE(rig.groups->Increase("b", 2));
  (void)rig.Turn();
  EXPECT_EQ(rig.groups->Decrease("b", -1).error().code, ErrorCode::kConflict);
}

TEST(NodeGroups, GiveBackTheNodesThatAreNamedAndNoOthers) {
  NodeGroupRig rig;
  ASSERT_TRUE(rig.groups->Increase("b", 3));
  (void)rig.Turn();
  (void)rig.Turn();
  const auto ids = rig.Ids("b");
  ASSERT_THAT(ids, SizeIs(3));
  EXPECT_EQ(rig.groups->Delete("b", {ids[1], "i-99"}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(rig.Target("b"), 3) << "one that is not ours: nothing is done";
  ASSERT_TRUE(rig.groups->Delete("b", {ids[1]}));
  ASSERT_TRUE(rig.groups->Delete("b", {ids[1]})) << "asked twice, deleted once";
  EXPECT_EQ(rig.Target("b"), 2);
  (void)rig.Turn();
  EXPECT_TRUE(rig.groups->Deleted("b", {ids[1]}));
  for (int i = 0; i < 10; ++i) (void)rig.Turn();
  EXPECT_THAT(rig.Ids("b"), ElementsAre(ids[0], ids[2]));
  EXPECT_EQ(rig.cloud.PaidIn("b"), 2);
  EXPECT_EQ(rig.Target("b"), 2);
}

TEST(NodeGroups, KeepANodeThatCouldNotBeGivenBack) {
  NodeGroupRig rig;
  ASSERT_TRUE(rig.groups->Increase("b", 2));
  (void)rig.Turn();
  (void)rig.Turn();
  rig.cloud.Script([](CloudCall call) {
    return call == CloudCall::kRetire ? CloudFault::kNeverSent : CloudFault::kNone;
  });
  const auto ids = rig.Ids("b");
  ASSERT_TRUE(rig.groups->Delete("b", {ids[0]}));
  (void)rig.Turn();
  const auto deleted = rig.groups->Deleted("b", {ids[0]});
  ASSERT_FALSE(deleted);
  EXPECT_THAT(deleted.error().message, HasSubstr("is not given back: "));
  EXPECT_EQ(rig.Target("b"), 2);
  rig.cloud.Script({});
  for (int i = 0; i < 10; ++i) (void)rig.Turn();
  EXPECT_EQ(rig.cloud.PaidIn("b"), 2) << "it is not deleted later, when pods run on it again";
}

TEST(NodeGroups, KeepTheirSizeWhenSpotIsTaken) {
  NodeGroupRig rig;
  ASSERT_TRUE(rig.groups->Increase("b", 4));
  (void)rig.Turn();
  (void)rig.Turn();
  rig.cloud.Interrupt(rig.Ids("b").front());
  (void)rig.Turn();
  EXPECT_EQ(rig.cloud.PaidIn("b"), 5) << "the next one comes before it goes";
  rig.cloud.TakeAway(rig.Ids("b").front());
  for (int i = 0; i < 10; ++i) (void)rig.Turn();
  EXPECT_EQ(rig.cloud.PaidIn("b"), 4);
  EXPECT_EQ(rig.Target("b"), 4);
}

TEST(NodeGroups, FindTheirTargetAgainWithAndWithoutTheJournal) {
  NodeGroupRig rig;
  ASSERT_TRUE(rig.groups->Increase("b", 4));
  (void)rig.Turn();
  rig.Restart();
  (void)rig.Turn();
  EXPECT_EQ(rig.Target("b"), 4);
  rig.disk = {.identity = "disk-2"};
  rig.Restart();
  for (int i = 0; i < 10; ++i) (void)rig.Turn();
  EXPECT_EQ(rig.Target("b"), 4);
  EXPECT_EQ(rig.cloud.PaidIn("b"), 4);
  EXPECT_EQ(rig.disk.orders.size(), 1U) << "what is there was taken into an order";
}

TEST(NodeGroups, BuyOnceWhereRepliesAreLostAndProcessesDie) {
  for (const bool knows_tokens : {true, false}) {
    NodeGroupRig rig({.knows_tokens = knows_tokens});
    int launches = 0;
    rig.cloud.Script([&](CloudCall call) {
      return call == CloudCall::kLaunch && ++launches <= 2 ? CloudFault::kLostReply
                                                           : CloudFault::kNone;
    });
    ASSERT_TRUE(rig.groups->Increase("b", 4));
    (void)rig.Turn();
    EXPECT_EQ(rig.Target("b"), 4);
    rig.Restart();
    for (int i = 0; i < 20; ++i) (void)rig.Turn();
    EXPECT_EQ(rig.Target("b"), 4) << "what was on order counts";
    EXPECT_EQ(rig.cloud.ledger().size(), 4U);
  }
}

TEST(NodeGroups, SayWhenAnotherHasTheJournal) {
  NodeGroupRig rig;
  EXPECT_TRUE(rig.groups->IsCurrent(rig.cloud.now()));
  EXPECT_FALSE(rig.groups->IsCurrent(rig.cloud.now() + std::chrono::minutes(6)));
  ++rig.disk.term;
  ASSERT_TRUE(rig.groups->Increase("b", 1));
  (void)rig.Turn();
  EXPECT_EQ(rig.groups->IsCurrent(rig.cloud.now()).error().code, ErrorCode::kConflict);
  EXPECT_EQ(rig.cloud.PaidIn("b"), 0);
}

TEST(NodeGroups, KeepWhatIsKnownWhenPoolsAreReadAgain) {
  NodeGroupRig rig;
  ASSERT_TRUE(rig.groups->Increase("b", 2));
  (void)rig.Turn();
  auto pools = *rig.cloud.Offers();
  pools.erase(pools.begin());
  rig.groups->UsePools(pools);
  EXPECT_EQ(rig.Target("b"), 2);
  EXPECT_EQ(rig.groups->TargetOf("a").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace loadcurve::capacity
