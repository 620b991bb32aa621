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

}  // namespace
}  // namespace loadcurve::kube
