#include "adapters/kube/parked_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/kube/profile_notices.h"

namespace loadcurve::kube {
namespace {

using testing::IsEmpty;

const TimePoint kNow = TimePoint(std::chrono::hours(500'000));

ParkedState Returned() {
  return {.replicas = Replicas(10),
          .until = kNow + std::chrono::days(7),
          .floor = Replicas(10),
          .anomaly_at = kNow,
          .anomaly = "12 % of the requests failed"};
}

TEST(ParkedStatus, IsReadAsItWasWritten) {
  EXPECT_EQ(ParkedStateFrom(ToJson(Returned())), Returned());
  const ParkedState quiet{.replicas = Replicas(4), .until = kNow};
  EXPECT_EQ(ParkedStateFrom(ToJson(quiet)), quiet);
}

TEST(ParkedStatus, IsNewsByCountsAndByTheHour) {
  ParkedState next = Returned();
  next.until += std::chrono::minutes(59);
  next.anomaly = "other words";
  EXPECT_FALSE(IsNews(Returned(), next));
  next.until += std::chrono::minutes(2);
  EXPECT_TRUE(IsNews(Returned(), next));
  next = Returned();
  next.floor.reset();
  EXPECT_TRUE(IsNews(Returned(), next));
  EXPECT_TRUE(IsNews(std::nullopt, Returned()));
}

TEST(ParkedStatus, TellsOfAReturnOnceWithItsNumbers) {
  ProfileStatus before;
  before.parked = ParkedState{.replicas = Replicas(10), .until = kNow};
  ProfileStatus after;
  after.parked = Returned();
  const auto told = NoticesBetween(before, after);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].is_warning);
  EXPECT_EQ(told[0].reason, "CapacityReturned");
  EXPECT_EQ(told[0].note,
            "Nothing shrinks below 10 replicas, and what was given up of them returns: at "
            "2027-01-15T08:00:00Z 12 % of the requests failed.");
  EXPECT_THAT(NoticesBetween(after, after), IsEmpty());
}

}  // namespace
}  // namespace loadcurve::kube
