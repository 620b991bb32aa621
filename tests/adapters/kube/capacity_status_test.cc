#include "adapters/kube/capacity_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/kube/profile_notices.h"

namespace loadcurve::kube {
namespace {

using testing::IsEmpty;

const TimePoint kNow = TimePoint(std::chrono::hours(500'000));

CapacityReport Report() {
  return {.scale = "cudgx",
          .revision = "b",
          .profile = MetricsQps(10.123456789),
          .planned = MetricsQps(8.1),
          .since = kNow,
          .load = MetricsQps(8.4),
          .low = MetricsQps(8.1),
          .high = MetricsQps(8.8),
          .latency_share = 0.9,
          .is_inherited = true,
          .why = "a unit of load costs 1.2",
          .news = RevisionNews{.at = kNow,
                               .before = "a",
                               .after = "b",
                               .change = CapacityChange::kLower,
                               .cpu_ratio = 1.21,
                               .low = 1.17,
                               .high = 1.26}};
}

TEST(CapacityStatus, IsReadAsItWasWritten) {
  EXPECT_EQ(CapacityReportFrom(ToJson(Report())), Report());
  EXPECT_EQ(CapacityReportFrom(ToJson(CapacityReport{})), CapacityReport{});
  nlohmann::json strange = ToJson(Report());
  strange["news"]["capacity"] = "sideways";
  strange["planned"] = -1;
  EXPECT_FALSE(CapacityReportFrom(strange).news);
  EXPECT_FALSE(CapacityReportFrom(strange).planned);
}

TEST(CapacityStatus, IsNewsByRevisionPlanAndRelease) {
  CapacityReport next = Report();
  next.load = MetricsQps(8.5);
  next.why = "other words";
  EXPECT_FALSE(IsNews(Report(), next));
  next.planned = MetricsQps(8);
  EXPECT_FALSE(IsNews(Report(), next)) << "by 1.2 %";
  next.planned = MetricsQps(7.8);
  EXPECT_TRUE(IsNews(Report(), next));
  next.planned = next.profile;
  EXPECT_TRUE(IsNews(Report(), next));
  EXPECT_TRUE(IsNews(std::nullopt, Report()));
  EXPECT_FALSE(IsNews(std::nullopt, std::nullopt));
}

TEST(CapacityStatus, TellsWhatAReleaseChangedOnce) {
  ProfileStatus before;
  before.capacity.emplace();
  ProfileStatus after;
  after.capacity = Report();
  after.capacity->latency_share = 1;
  const auto told = NoticesBetween(before, after);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0],
            (Notice{true, "CapacityLower", "Capacity",
                    "A unit of load costs revision b 1.21 times the CPU (90 % interval 1.17 .. "
                    "1.26) that it cost revision a. Planned with: 8.1 instead of 10.12."}));
  EXPECT_THAT(NoticesBetween(after, after), IsEmpty());
  after.capacity->news->change = CapacityChange::kUnchanged;
  EXPECT_FALSE(NoticesBetween(before, after)[0].is_warning);
}

// A report that stays as it was, but for the share that the closed loop leaves.
ProfileStatus AtShare(double share) {
  ProfileStatus status;
  status.capacity = Report();
  status.capacity->latency_share = share;
  status.capacity->planned = MetricsQps(9 * share);
  status.capacity->why = "3 % of the answers are later than 200ms, of 1 % that may be";
  return status;
}

TEST(CapacityStatus, TellsOfEachCorrectionByTheClosedLoopWithItsNumbers) {
  const auto told = NoticesBetween(AtShare(0.9), AtShare(0.85));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0],
            (Notice{true, "LatencyCorrected", "Latency",
                    "Planned with 0.85 of the capacity, 0.9 before: 3 % of the answers are "
                    "later than 200ms, of 1 % that may be."}));
  const auto first = NoticesBetween(AtShare(1), AtShare(0.97));
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].reason, "LatencyCorrected");
  EXPECT_THAT(NoticesBetween(AtShare(0.9), AtShare(0.899)), IsEmpty());
  const auto eased = NoticesBetween(AtShare(0.85), AtShare(0.9));
  ASSERT_EQ(eased.size(), 1U);
  EXPECT_EQ(eased[0].reason, "LatencyCorrectionEased");
  EXPECT_FALSE(eased[0].is_warning);
  const auto over = NoticesBetween(AtShare(0.99), AtShare(1));
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(over[0].note, "Planned with 1 of the capacity, 0.99 before.");
}

TEST(CapacityStatus, TellsWhatWindowsCorrectWithoutARelease) {
  ProfileStatus after = AtShare(1);
  after.capacity->planned = MetricsQps(8);
  const auto told = NoticesBetween(AtShare(1), after);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].is_warning);
  EXPECT_EQ(told[0].reason, "CapacityPlannedLower");
  EXPECT_THAT(told[0].note, testing::StartsWith("Planned with 8, 0.79 of what the profile says; "
                                                "0.889 before: 3 %"));
  EXPECT_EQ(NoticesBetween(after, AtShare(1))[0].reason, "CapacityPlannedHigher");
  after.capacity->news->after = "c";
  EXPECT_EQ(NoticesBetween(AtShare(1), after).size(), 1U) << "the release is what is told";
  EXPECT_EQ(NoticesBetween(AtShare(1), after)[0].reason, "CapacityLower");
}

}  // namespace
}  // namespace loadcurve::kube
