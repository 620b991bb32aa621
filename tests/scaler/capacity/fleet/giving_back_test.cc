#include "scaler/capacity/fleet/giving_back.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::capacity {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<SpareNode> kThree = {{"dear", 9}, {"cheap", 1}, {"middling", 5}};

class GivingBackTest : public testing::Test {
 protected:
  GivingBackStep At(Duration now, std::vector<SpareNode> spare) {
    return giving_back_.Step({.now = now,
                              .spare = std::move(spare),
                              .drained = drained_,
                              .given_up = given_up_,
                              .gone = gone_});
  }

  GivingBack giving_back_{{}};
  std::set<std::string> drained_;
  std::set<std::string> given_up_;
  std::set<std::string> gone_;
};

TEST_F(GivingBackTest, BeginsWithTheCheapestRegretAndTwoAtATime) {
  EXPECT_THAT(At(0s, kThree).to_drain, ElementsAre("cheap", "middling"));
  EXPECT_THAT(At(1min, kThree).to_drain, IsEmpty());
  drained_ = {"cheap"};
  EXPECT_THAT(At(2min, kThree).to_drain, ElementsAre("dear"));
}

TEST_F(GivingBackTest, ReleasesWhatWasParkedForTenMinutesUntilItIsGone) {
  (void)At(0s, {{"a", 1}});
  drained_ = {"a"};
  (void)At(1min, {{"a", 1}});
  EXPECT_EQ(giving_back_.leaving().at("a"), LeaveStage::kParked);
  EXPECT_THAT(At(10min, {{"a", 1}}).to_release, IsEmpty());
  EXPECT_THAT(At(11min, {{"a", 1}}).to_release, ElementsAre("a"));
  EXPECT_THAT(At(12min, {}).to_release, ElementsAre("a"));
  gone_ = {"a"};
  EXPECT_THAT(At(13min, {}).to_release, IsEmpty());
  EXPECT_THAT(giving_back_.leaving(), IsEmpty());
}

TEST_F(GivingBackTest, PutsAllBackInServiceAtOnceWhenNoneIsSpareForCertain) {
  (void)At(0s, kThree);
  drained_ = {"cheap"};
  (void)At(1min, kThree);
  const GivingBackStep step = At(2min, {});
  EXPECT_THAT(step.back_in_service, ElementsAre("cheap", "dear", "middling"));
  EXPECT_THAT(step.to_drain, IsEmpty());
  EXPECT_THAT(At(3min, kThree).to_drain, ElementsAre("cheap", "middling"));
}

TEST_F(GivingBackTest, KeepsANodeThatIsNeededAgain) {
  (void)At(0s, {{"a", 1}});
  EXPECT_THAT(At(1min, {}).back_in_service, ElementsAre("a"));
}

// T12.
TEST_F(GivingBackTest, CancelsAMoveThatBudgetsBlockAndTriesAnother) {
  (void)At(0s, {{"a", 1}});
  given_up_ = {"a"};
  const GivingBackStep step = At(10min, {{"a", 1}, {"b", 2}});
  EXPECT_THAT(step.back_in_service, ElementsAre("a"));
  EXPECT_THAT(step.to_drain, ElementsAre("b"));
  given_up_.clear();
  EXPECT_THAT(At(24min, {{"a", 1}, {"b", 2}}).to_drain, IsEmpty());
  EXPECT_THAT(At(25min, {{"a", 1}, {"b", 2}}).to_drain, ElementsAre("a"));
}

}  // namespace
}  // namespace loadcurve::capacity
