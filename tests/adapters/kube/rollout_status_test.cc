#include "adapters/kube/rollout_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/kube/profile_conditions.h"
#include "adapters/kube/profile_notices.h"

namespace loadcurve::kube {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const TimePoint kNow(std::chrono::hours(500'000));

RolloutState State() {
  return {.stage = RolloutStage::kUpOnly,
          .since = kNow,
          .windows = 60,
          .covered = 57,
          .violated = 1,
          .needed = 590,
          .decided = 649,
          .last = RolloutChange{kNow, RolloutStage::kRecommend, RolloutStage::kUpOnly,
                                "95 % of 60 windows"}};
}

TEST(RolloutStatus, IsReadAsItWasWritten) {
  EXPECT_EQ(RolloutStateFrom(ToJson(State())), State());
  RolloutState held{.stage = RolloutStage::kRecommend, .is_auto = false};
  held.recommended = Replicas(12);
  EXPECT_EQ(RolloutStateFrom(ToJson(held)), held);
  EXPECT_EQ(RolloutStateFrom(nlohmann::json{{"stage", "Everything"}}), std::nullopt);
}

TEST(RolloutStatus, IsNewsByItsStageAndWorthAWriteByItsWindows) {
  RolloutState next = State();
  next.windows += 9;
  EXPECT_FALSE(IsNews(State(), next));
  EXPECT_FALSE(HasMoved(State(), next));
  next.windows += 1;
  EXPECT_TRUE(HasMoved(State(), next));
  next.stage = RolloutStage::kFull;
  EXPECT_TRUE(IsNews(State(), next));
}

TEST(RolloutStatus, TellsPromotionsAndDemotionsWithTheirNumbersOnce) {
  ProfileStatus before;
  ProfileStatus after;
  after.rollout = State();
  const auto promoted = NoticesBetween(before, after);
  ASSERT_EQ(promoted.size(), 1U);
  EXPECT_EQ(promoted[0], (Notice{false, "RolloutPromoted", "Rollout",
                                 "Recommend -> UpOnly: 95 % of 60 windows."}));
  EXPECT_THAT(NoticesBetween(after, after), IsEmpty());
  before = after;
  after.rollout->last = RolloutChange{kNow, RolloutStage::kFull, RolloutStage::kUpOnly, "4 short"};
  const auto demoted = NoticesBetween(before, after);
  ASSERT_EQ(demoted.size(), 1U);
  EXPECT_TRUE(demoted[0].is_warning);
  EXPECT_EQ(demoted[0].reason, "RolloutDemoted");
}

TEST(ProfileStatus, TellsADisturbanceAndTheFleetsBrakeAsConditionsAndEvents) {
  WorkloadStatus workload;
  workload.evidence = {EvidenceKind::kFresh, "", {}};
  const ProfileStatus well = StatusOf(workload);
  EXPECT_EQ(well.conditions.at(ProfileConditionType::kDoubtful).state, ConditionState::kFalse);
  EXPECT_EQ(well.conditions.at(ProfileConditionType::kFleetBraked).state, ConditionState::kFalse);
  workload.evidence = {EvidenceKind::kHung, "4200 requests are in flight instead of 7", kNow};
  workload.why_braked = "20 profiles want to give up 180 of 200";
  const ProfileStatus ill = StatusOf(workload);
  const ProfileCondition doubtful = ill.conditions.at(ProfileConditionType::kDoubtful);
  EXPECT_EQ(doubtful.state, ConditionState::kTrue);
  EXPECT_EQ(doubtful.reason, "ServiceHangs");
  EXPECT_THAT(doubtful.message, HasSubstr("4200 requests"));
  const ProfileCondition braked = ill.conditions.at(ProfileConditionType::kFleetBraked);
  EXPECT_EQ(braked.reason, "EvidenceSuspected");
  EXPECT_THAT(braked.message, HasSubstr("loadcurve.dev/fleet-brake=off"));
  const auto notices = NoticesBetween(well, ill);
  ASSERT_EQ(notices.size(), 2U);
  EXPECT_EQ(notices[0].reason, "ServiceHangs");
  EXPECT_EQ(notices[1].reason, "EvidenceSuspected");
  EXPECT_EQ(NoticesBetween(ill, well).size(), 2U);
}

TEST(ProfileStatus, LeavesToOtherConditionsWhatTheyTell) {
  WorkloadStatus workload;
  for (const auto kind : {EvidenceKind::kMissing, EvidenceKind::kStale, EvidenceKind::kPartial}) {
    workload.evidence.kind = kind;
    EXPECT_EQ(StatusOf(workload).conditions.at(ProfileConditionType::kDoubtful).state,
              ConditionState::kFalse);
  }
}

}  // namespace
}  // namespace loadcurve::kube
