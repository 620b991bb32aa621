#include "adapters/kube/capacity_watch_status.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/kube/profile_status.h"
#include "tests/support/watched_capacity.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

TEST(CapacityWatchStatus, IsReadAsItWasWrittenToTheLastDigit) {
  const CapacityWatchState state = WatchedCapacity();
  const std::string text = ToJson(state).dump();
  EXPECT_EQ(CapacityWatchStateFrom(json::parse(text)), state);
  CapacityWatchState told = state;
  told.comparison->shift =
      CpuShift(told.comparison->before.noise,
               CpuShift::Parts{.least = 12,
                               .enough = 120,
                               .verdict = ShiftVerdict::kMore,
                               .estimate = ShiftEstimate{ShiftVerdict::kMore, 0.2 / 3, 0.01 / 7}});
  told.comparison->is_told = true;
  EXPECT_EQ(CapacityWatchStateFrom(json::parse(ToJson(told).dump())), told);
  const CapacityWatchState young{.revision = "a"};
  EXPECT_EQ(CapacityWatchStateFrom(ToJson(young)), young);
}

TEST(CapacityWatchStatus, IsDroppedWhereSomebodyChangedItToWhatCannotBe) {
  const json good = ToJson(WatchedCapacity());
  for (const char* field :
       {"/revision", "/line/factor", "/line/others", "/line/noise", "/line/capacity/value",
        "/comparison/before", "/comparison/offsets", "/comparison/verdict", "/comparison/least"}) {
    json bad = good;
    bad[json::json_pointer(field)] = false;
    EXPECT_FALSE(CapacityWatchStateFrom(bad)) << field;
  }
  json odd = good;
  odd["line"]["others"].push_back(1);
  EXPECT_FALSE(CapacityWatchStateFrom(odd));
}

TEST(CapacityWatchStatus, IsWorthAWriteEveryQuarterOfItsWindows) {
  const CapacityWatchState written = WatchedCapacity();
  const auto with = [&](std::size_t offsets, std::size_t windows) {
    CapacityWatchState next = written;
    CpuShift::Parts parts = next.comparison->shift.parts();
    parts.offsets.assign(offsets, 0.01);
    next.comparison->shift = CpuShift(next.comparison->before.noise, parts);
    next.line->windows = windows;
    return next;
  };
  // 20 offsets, and a line of 300 windows.
  EXPECT_FALSE(HasMoved(written, with(24, 599)));
  EXPECT_TRUE(HasMoved(written, with(25, 300)));
  EXPECT_TRUE(HasMoved(written, with(20, 600)));
  ProfileStatus before{.capacity = CapacityReport{.watch = written}};
  ProfileStatus after = before;
  EXPECT_FALSE(HasMoved(before, after));
  after.capacity->watch = with(25, 300);
  EXPECT_TRUE(HasMoved(before, after));
  EXPECT_FALSE(IsNews(before, after));
}

}  // namespace
}  // namespace loadcurve::kube
