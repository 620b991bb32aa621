#include "metrics/request_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace loadcurve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TimePoint At(double epoch_seconds) {
  return TimePoint(Duration(static_cast<std::int64_t>(epoch_seconds * 1e6)));
}

RequestCounts Counts(Duration step = seconds(1)) {
  return RequestCounts::Make(DurationBounds::Default(), step).value();
}

bool SameEntries(const RequestCounts& a, const RequestCounts& b) {
  const auto left = a.Sorted();
  const auto right = b.Sorted();
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](const auto& x, const auto& y) {
                      return x.window == y.window && a.series()[x.series] == b.series()[y.series] &&
                             x.bucket == y.bucket && x.cell == y.cell;
                    });
}

TEST(DurationBounds, HoldsTheUpperEdgeAndNotTheLower) {
  const auto bounds = DurationBounds::Make({milliseconds(10), milliseconds(50)}).value();
  EXPECT_EQ(bounds.BucketOf(Duration(-5)), 0U);
  EXPECT_EQ(bounds.BucketOf(Duration(0)), 0U);
  EXPECT_EQ(bounds.BucketOf(Duration(10'000)), 0U);
  EXPECT_EQ(bounds.BucketOf(Duration(10'001)), 1U);
  EXPECT_EQ(bounds.BucketOf(Duration(50'000)), 1U);
  EXPECT_EQ(bounds.BucketOf(Duration(50'001)), 2U);
}

TEST(DurationBounds, FindsTheBucketThatALinearSearchFinds) {
  const DurationBounds& bounds = DurationBounds::Default();
  for (std::int64_t us = 1; us < 400'000'000; us += 1 + us / 37) {
    std::size_t expected = 0;
    while (expected < bounds.upper().size() && Duration(us) > bounds.upper()[expected]) ++expected;
    ASSERT_EQ(bounds.BucketOf(Duration(us)), expected) << us;
  }
}

TEST(DurationBounds, RefusesBoundsThatDoNotRise) {
  EXPECT_FALSE(DurationBounds::Make({}));
  EXPECT_FALSE(DurationBounds::Make({Duration(0)}));
  EXPECT_FALSE(DurationBounds::Make({Duration(5), Duration(5)}));
  EXPECT_FALSE(DurationBounds::Make(std::vector<Duration>(64, Duration(1))));
}

TEST(RequestCounts, CountsARequestInTheWindowOfItsEnd) {
  RequestCounts counts = Counts();
  const auto series = counts.Intern("", "GET /a", RequestClass::kServed);
  counts.Record(series, At(36.5), milliseconds(200));
  const auto entries = counts.Sorted();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].window, 36);
  EXPECT_EQ(entries[0].cell, (RequestCell{1, 200'000, 0, 0}));
}

TEST(RequestCounts, SpreadsTheHeldTimeOverTheWindowsThatARequestSpanned) {
  RequestCounts counts = Counts();
  const auto series = counts.Intern("", "", RequestClass::kServed);
  counts.Record(series, At(12.5), seconds(2));  // held 10.5 .. 12.5
  const auto entries = counts.Sorted();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_DOUBLE_EQ(entries[0].cell.BusySeconds(), 0.5);
  EXPECT_DOUBLE_EQ(entries[1].cell.BusySeconds(), 1.0);
  EXPECT_DOUBLE_EQ(entries[2].cell.BusySeconds(), 0.5);
  EXPECT_DOUBLE_EQ(entries[1].cell.SharedCount(), 0.5);
  EXPECT_EQ(entries[1].cell.count, 0U);
  EXPECT_EQ(entries[2].cell.count, 1U);
}

TEST(RequestCounts, LosesNoHeldTimeWhateverTheStep) {
  std::mt19937_64 random(1);
  RequestCounts counts = Counts(milliseconds(70));
  const auto series = counts.Intern("", "", RequestClass::kServed);
  double held = 0;
  for (int i = 0; i < 2000; ++i) {
    const Duration duration(static_cast<std::int64_t>(random() % 3'000'000));
    counts.Record(series, At(static_cast<double>(random() % 1000) / 10), duration);
    held += Seconds(duration);
  }
  double busy = 0;
  double shared = 0;
  for (const auto& entry : counts.Sorted()) {
    busy += entry.cell.BusySeconds();
    shared += entry.cell.SharedCount();
    EXPECT_GE(entry.cell.BusySeconds(), 0);
  }
  EXPECT_NEAR(busy, held, 1e-6);
  EXPECT_NEAR(shared, 2000, 1e-6);
}

TEST(RequestCounts, MergesToTheSameCountsInAnyOrderAndSplit) {
  std::mt19937_64 random(2);
  RequestCounts whole = Counts();
  RequestCounts a = Counts();
  RequestCounts b = Counts();
  for (int i = 0; i < 5000; ++i) {
    const std::string route = "r" + std::to_string(random() % 7);
    const TimePoint end = At(static_cast<double>(random() % 500) / 3);
    const Duration duration(static_cast<std::int64_t>(random() % 5'000'000));
    RequestCounts& part = i % 2 == 0 ? a : b;
    part.Record(part.Intern("", route, RequestClass::kServed), end, duration);
    whole.Record(whole.Intern("", route, RequestClass::kServed), end, duration);
  }
  RequestCounts ab = a;
  ASSERT_TRUE(ab.Merge(b));
  RequestCounts ba = b;
  ASSERT_TRUE(ba.Merge(a));
  EXPECT_TRUE(SameEntries(ab, whole));
  EXPECT_TRUE(SameEntries(ba, whole));
}

TEST(RequestCounts, RefusesToMergeOtherSteps) {
  RequestCounts counts = Counts(seconds(1));
  const auto merged = counts.Merge(Counts(seconds(2)));
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code, ErrorCode::kInvalidArgument);
}

TEST(RequestCounts, StartsWindowsAtWholeStepsAlsoBefore1970) {
  const RequestCounts counts = Counts(seconds(60));
  EXPECT_EQ(counts.WindowOf(At(0)), 0);
  EXPECT_EQ(counts.WindowOf(At(59.9)), 0);
  EXPECT_EQ(counts.WindowOf(At(60)), 1);
  EXPECT_EQ(counts.WindowOf(At(-1)), -1);
  EXPECT_EQ(counts.WindowOf(At(-60)), -1);
}

}  // namespace
}  // namespace loadcurve
