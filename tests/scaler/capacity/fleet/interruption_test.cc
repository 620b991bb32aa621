#include "scaler/capacity/fleet/interruption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/order_rig.h"

namespace loadcurve::capacity {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Interruptions, KnowsHowLongEachCloudLeaves) {
  Interruptions all({});
  all.OnNotice({"aws", NoticeKind::kAwsInterruption, 10s, {}});
  all.OnNotice({"gcp", NoticeKind::kGcpPreemption, 10s, {}});
  all.OnNotice({"azure", NoticeKind::kAzurePreempt, 10s, 55s});
  all.OnNotice({"ali", NoticeKind::kAlibabaRecycling, 10s, {}});
  const auto losses = all.Losses(10s, 100);
  ASSERT_THAT(losses, SizeIs(4));
  EXPECT_EQ(losses[0].node_id, "gcp");
  EXPECT_EQ(losses[0].deadline, Duration(40s));
  EXPECT_EQ(losses[1].deadline, Duration(55s));
  EXPECT_EQ(losses[2].deadline, Duration(130s));
  EXPECT_EQ(losses[3].deadline, Duration(310s));
}

// T10.
TEST(Interruptions, TakesARecommendationForAPrecautionUntilTheNoticeComes) {
  Interruptions all({});
  all.OnNotice({"a", NoticeKind::kAwsRebalance, 0s, {}});
  EXPECT_EQ(all.Losses(1s, 10)[0].response, LossResponse::kCordonAndReplace);
  all.OnNotice({"a", NoticeKind::kAwsInterruption, 60s, {}});
  EXPECT_EQ(all.Losses(60s, 10)[0].response, LossResponse::kDrain);
  EXPECT_EQ(all.Losses(60s, 10)[0].deadline, Duration(180s));
  all.OnNotice({"a", NoticeKind::kAwsRebalance, 61s, {}});
  EXPECT_EQ(all.Losses(61s, 10)[0].response, LossResponse::kDrain);
}

TEST(Interruptions, DropsAFalseAlarmAfterHalfAnHour) {
  Interruptions all({});
  all.OnNotice({"a", NoticeKind::kAwsRebalance, 0s, {}});
  EXPECT_THAT(all.Losing(1799s, 10), ElementsAre("a"));
  EXPECT_THAT(all.Losing(1800s, 10), IsEmpty());
}

// T10: twenty alarms on a hundred nodes cost ten nodes at most.
TEST(Interruptions, BuysForATenthOfTheNodesAtMostOnAlarms) {
  Interruptions all({});
  for (int i = 0; i < 20; ++i)
    all.OnNotice({"n" + std::to_string(i), NoticeKind::kAwsRebalance, i * 1s, {}});
  EXPECT_THAT(all.Losing(30s, 100), SizeIs(10));
  EXPECT_THAT(all.Losing(30s, 5), ElementsAre("n0"));
  // An interruption is no alarm.
  all.OnNotice({"n19", NoticeKind::kAwsInterruption, 30s, {}});
  EXPECT_THAT(all.Losing(30s, 100), SizeIs(11));
}

TEST(Interruptions, BringsADeadlineForwardAndNeverBack) {
  Interruptions all({});
  all.OnNotice({"a", NoticeKind::kAwsInterruption, 0s, 120s});
  all.OnNotice({"a", NoticeKind::kAwsInterruption, 5s, 100s});
  all.OnNotice({"a", NoticeKind::kAwsInterruption, 9s, 129s});
  EXPECT_EQ(all.Losses(9s, 1)[0].deadline, Duration(100s));
}

// T11: no wait for two minutes that nobody promised.
TEST(Interruptions, ReplacesANodeThatIsNotReadyAtOnceAndForgetsItWhereItComesBack) {
  OrderRig rig;
  rig.cloud.AddPool("a", "us-1a", 0.30, 100);
  rig.Settle();
  (void)rig.Tick(10);
  Interruptions all({});
  all.OnNotice({"i-4", NoticeKind::kNotReady, rig.cloud.now(), {}});
  EXPECT_EQ(all.Losses(rig.cloud.now(), 10)[0].response, LossResponse::kReplace);
  rig.losing = all.Losing(rig.cloud.now(), 10);
  (void)rig.Tick(10);
  EXPECT_EQ(rig.cloud.Paid(), 11);
  all.OnResolved("i-4");
  EXPECT_THAT(all.Losing(rig.cloud.now(), 10), IsEmpty());
}

// T10: one is bought ahead, and nothing is bought again while it boots.
TEST(Interruptions, BuysOneNodeAheadForARecommendation) {
  OrderRig rig;
  rig.cloud.AddPool("a", "us-1a", 0.30, 100);
  rig.Settle();
  (void)rig.Tick(10);
  Interruptions all({});
  all.OnNotice({"i-4", NoticeKind::kAwsRebalance, rig.cloud.now(), {}});
  for (int i = 0; i < 20; ++i) {
    rig.losing = all.Losing(rig.cloud.now(), 10);
    (void)rig.Tick(10);
  }
  EXPECT_EQ(rig.cloud.Paid(), 11);
}

}  // namespace
}  // namespace loadcurve::capacity
