#include "metrics/coarser_counts.h"

#include <gtest/gtest.h>

#include <random>

namespace loadcurve {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

TEST(CoarserCounts, CancelsWhatWasCarriedBetweenWindowsThatAreNowOne) {
  auto counts = RequestCounts::Make(DurationBounds::Default(), seconds(1)).value();
  const auto series = counts.Intern("cart", "GET /", RequestClass::kServed);
  counts.Record(series, TimePoint(seconds(62)), seconds(4));  // held 58 .. 62
  const auto coarser = CoarserCounts(counts, minutes(1)).value();
  const auto entries = coarser.Sorted();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_DOUBLE_EQ(entries[0].cell.BusySeconds(), 2);
  EXPECT_EQ(entries[0].cell.count, 0U);
  EXPECT_DOUBLE_EQ(entries[1].cell.BusySeconds(), 2);
  EXPECT_EQ(entries[1].cell.count, 1U);
  EXPECT_EQ(coarser.series()[entries[0].series].workload, "cart");
}

TEST(CoarserCounts, KeepsRequestsAndHeldTimeAlsoBefore1970) {
  std::mt19937_64 random(1);
  auto counts = RequestCounts::Make(DurationBounds::Default(), seconds(10)).value();
  const auto series = counts.Intern("", "", RequestClass::kServed);
  for (int i = 0; i < 1000; ++i)
    counts.Record(series, TimePoint(seconds(static_cast<std::int64_t>(random() % 7200) - 3600)),
                  Duration(static_cast<std::int64_t>(random() % 90'000'000)));
  const auto coarser = CoarserCounts(counts, minutes(1)).value();
  RequestCell fine;
  RequestCell coarse;
  counts.ForEach([&](const auto& entry) { fine.Add(entry.cell); });
  coarser.ForEach([&](const auto& entry) { coarse.Add(entry.cell); });
  EXPECT_EQ(fine, coarse);
}

TEST(CoarserCounts, RefusesStepsThatAreNoWholeMultiple) {
  const auto counts = RequestCounts::Make(DurationBounds::Default(), seconds(10)).value();
  EXPECT_FALSE(CoarserCounts(counts, seconds(15)));
  EXPECT_FALSE(CoarserCounts(counts, seconds(5)));
  EXPECT_TRUE(CoarserCounts(counts, seconds(10)));
}

}  // namespace
}  // namespace loadcurve
