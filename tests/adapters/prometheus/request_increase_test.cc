#include "adapters/prometheus/request_increase.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/counts_text.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

constexpr std::int64_t kUnbounded = DurationBucket::kUnbounded;

TimePoint At(std::int64_t s) {
  return TimePoint(seconds(s));
}

std::uint64_t HeldBy(const RequestIncrease& increase) {
  std::uint64_t held = 0;
  for (const BucketIncrease& bucket : increase.buckets) held += bucket.held_us;
  return held;
}

void ExpectMeansWithinEdges(const RequestIncrease& increase) {
  for (const auto& [lower, upper, count, held] : increase.buckets) {
    EXPECT_GE(held, count * static_cast<std::uint64_t>(lower));
    if (upper != kUnbounded) {
      EXPECT_LE(held, count * static_cast<std::uint64_t>(upper));
    }
  }
}

TEST(ShareSum, GivesEveryBucketTheSamePlaceWithinItsEdges) {
  // Lower edges: 2 * 0 + 4 * 100 = 400; room: 2 * 100 + 4 * 100 = 600; theta = 150 / 600.
  const std::vector<DurationBucket> buckets = {{0, 100, 2}, {100, 200, 4}, {200, kUnbounded, 0}};
  EXPECT_THAT(ShareSum(buckets, 550).buckets,
              ElementsAre(BucketIncrease{0, 100, 2, 50}, BucketIncrease{100, 200, 4, 500}));
}

TEST(ShareSum, GivesTheUnboundedBucketWhatTheOthersAtTheirMiddlesLeave) {
  // 2 * 50 + 1 * 150 = 250; 1000 - 250 = 750 for the one beyond 200.
  const std::vector<DurationBucket> buckets = {{0, 100, 2}, {100, 200, 1}, {200, kUnbounded, 1}};
  EXPECT_THAT(ShareSum(buckets, 1000).buckets,
              ElementsAre(BucketIncrease{0, 100, 2, 100}, BucketIncrease{100, 200, 1, 150},
                          BucketIncrease{200, kUnbounded, 1, 750}));
}

TEST(ShareSum, KeepsTheUnboundedBucketAboveItsEdge) {
  // 350 - 200 = 150 for the others; 100 of that are lower edges: theta = 50 / 300.
  const std::vector<DurationBucket> buckets = {{0, 100, 2}, {100, 200, 1}, {200, kUnbounded, 1}};
  EXPECT_THAT(ShareSum(buckets, 350).buckets,
              ElementsAre(BucketIncrease{0, 100, 2, 33}, BucketIncrease{100, 200, 1, 117},
                          BucketIncrease{200, kUnbounded, 1, 200}));
}

TEST(ShareSum, TakesTheMiddleWithoutASum) {
  const std::vector<DurationBucket> buckets = {{0, 100, 2}, {200, kUnbounded, 1}};
  EXPECT_THAT(ShareSum(buckets, std::nullopt).buckets,
              ElementsAre(BucketIncrease{0, 100, 2, 100}, BucketIncrease{200, kUnbounded, 1, 200}));
}

TEST(ShareSum, KeepsAnImpossibleSumToWhatTheEdgesAllow) {
  const std::vector<DurationBucket> buckets = {{100, 200, 2}};
  EXPECT_EQ(HeldBy(ShareSum(buckets, 10)), 200U);
  EXPECT_EQ(HeldBy(ShareSum(buckets, 10'000)), 400U);
}

// Requests with known durations, counted by buckets: whatever they are, the means lie within
// the edges and add up to the sum.
TEST(ShareSum, AddsUpToTheSumWithMeansWithinEdgesForAnyRequests) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::int64_t> edges = {0};
    const std::size_t size = 1 + random() % 12;
    while (edges.size() <= size)
      edges.push_back(edges.back() + 1 + static_cast<std::int64_t>(random() % 1'000'000));
    std::vector<DurationBucket> buckets;
    std::int64_t sum = 0;
    for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
      DurationBucket bucket{edges[i], edges[i + 1], random() % 4 == 0 ? 0 : random() % 1000};
      for (std::uint64_t n = 0; n < bucket.count; ++n)
        sum += edges[i] + 1 +
               static_cast<std::int64_t>(random() %
                                         static_cast<std::uint64_t>(edges[i + 1] - edges[i]));
      buckets.push_back(bucket);
    }
    if (random() % 2 == 0) {
      buckets.push_back({edges.back(), kUnbounded, random() % 5});
      for (std::uint64_t n = 0; n < buckets.back().count; ++n)
        sum += edges.back() + 1 + static_cast<std::int64_t>(random() % 100'000'000);
    }
    const RequestIncrease increase = ShareSum(buckets, sum);
    EXPECT_EQ(HeldBy(increase), static_cast<std::uint64_t>(sum)) << "round " << round;
    ExpectMeansWithinEdges(increase);
  }
}

TEST(ShareSum, HoldsTheLargestHistogramThatIsTaken) {
  const std::vector<DurationBucket> buckets = {{0, std::int64_t{1} << 40, (1U << 22) - 1}};
  const RequestIncrease increase = ShareSum(buckets, std::int64_t{1} << 61);
  EXPECT_EQ(HeldBy(increase), std::uint64_t{1} << 61);
}

TEST(IncreaseBetween, TakesTheDifference) {
  const HistogramSnapshot older{At(0), {{0, 100, 5}, {100, kUnbounded, 1}}, 600};
  const HistogramSnapshot newer{At(15), {{0, 100, 7}, {100, kUnbounded, 1}}, 680};
  EXPECT_THAT(IncreaseBetween(older, newer).buckets, ElementsAre(BucketIncrease{0, 100, 2, 80}));
  EXPECT_TRUE(IncreaseBetween(newer, newer).buckets.empty());
}

TEST(IncreaseBetween, CountsFromZeroAfterARestartThatOneBucketShows) {
  // The first bucket rose and the second fell: increase() bucket by bucket would count 2 and 3.
  const HistogramSnapshot older{At(0), {{0, 100, 5}, {100, 200, 9}}, 1500};
  const HistogramSnapshot newer{At(15), {{0, 100, 7}, {100, 200, 3}}, 850};
  EXPECT_EQ(IncreaseBetween(older, newer), ShareSum(newer.buckets, 850));
}

TEST(IncreaseBetween, FollowsANativeHistogramThatHalvesItsResolution) {
  const HistogramSnapshot older{At(0), {{100, 141, 2}, {141, 200, 3}}, 700};
  const HistogramSnapshot newer{At(15), {{100, 200, 6}, {200, 400, 1}}, 1100};
  EXPECT_THAT(IncreaseBetween(older, newer).buckets,
              ElementsAre(BucketIncrease{100, 200, 1, 133}, BucketIncrease{200, 400, 1, 267}));
}

TEST(IncreaseBetween, TakesABucketThatIsGoneForARestart) {
  const HistogramSnapshot older{At(0), {{100, 200, 2}, {400, 800, 1}}, 900};
  const HistogramSnapshot newer{At(15), {{100, 200, 3}}, 450};
  EXPECT_EQ(IncreaseBetween(older, newer), IncreaseSinceZero(newer));
}

RequestCounts EmptyCounts(Duration step = seconds(60)) {
  return RequestCounts::Make(DurationBounds::Default(), step).value();
}

TEST(AddEvenly, PutsAScrapeWithinAWindowIntoIt) {
  RequestCounts counts = EmptyCounts();
  const auto series = counts.Intern("w", "r", RequestClass::kServed);
  AddEvenly({{{0, 5'000, 10, 30'000}}}, At(60), At(120), {1, 2}, series, counts);
  const auto entries = counts.Sorted();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].window, 1);
  EXPECT_EQ(entries[0].bucket, counts.bounds().BucketOf(milliseconds(3)));
  EXPECT_EQ(entries[0].cell, (RequestCell{.count = 10, .duration_us = 30'000}));
}

TEST(AddEvenly, SharesAScrapeOutAmongTheWindowsItSpans) {
  RequestCounts counts = EmptyCounts();
  const auto series = counts.Intern("w", "r", RequestClass::kServed);
  // 100 to 140: half of it before 120.
  AddEvenly({{{0, 5'000, 3, 9'000}}}, At(100), At(140), {0, 10}, series, counts);
  const auto entries = counts.Sorted();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].cell, (RequestCell{.count = 1, .duration_us = 3'000}));
  EXPECT_EQ(entries[1].cell, (RequestCell{.count = 2, .duration_us = 6'000}));
}

// However scrapes and windows lie, all that is counted is counted once, and every cell's mean
// lies in its bucket and within the edges it came from.
TEST(AddEvenly, LosesNothingAndKeepsMeansWithinEdges) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 500; ++round) {
    RequestCounts counts = EmptyCounts(seconds(1 + random() % 90));
    const auto series = counts.Intern("w", "r", RequestClass::kServed);
    const std::int64_t lower = static_cast<std::int64_t>(random() % 100'000);
    const std::int64_t width = 1 + static_cast<std::int64_t>(random() % 100'000);
    const std::uint64_t count = 1 + random() % 500;
    const std::uint64_t held = count * static_cast<std::uint64_t>(lower) +
                               random() % (count * static_cast<std::uint64_t>(width) + 1);
    const TimePoint from(milliseconds(random() % 1'000'000));
    const TimePoint to = from + milliseconds(1 + random() % 200'000);
    AddEvenly({{{lower, lower + width, count, held}}}, from, to, {0, 10'000}, series, counts);
    RequestCell all;
    const auto upper = counts.bounds().upper();
    counts.ForEach([&](const RequestCounts::Entry& entry) {
      const RequestCell& cell = entry.cell;
      all.Add(cell);
      EXPECT_GE(cell.duration_us, cell.count * static_cast<std::uint64_t>(lower));
      EXPECT_LE(cell.duration_us, cell.count * static_cast<std::uint64_t>(lower + width));
      if (entry.bucket < upper.size()) {
        EXPECT_LE(cell.duration_us,
                  cell.count * static_cast<std::uint64_t>(upper[entry.bucket].count()));
      }
      if (entry.bucket > 0) {
        EXPECT_GT(cell.duration_us,
                  cell.count * static_cast<std::uint64_t>(upper[entry.bucket - 1].count()));
      }
    });
    EXPECT_EQ(all, (RequestCell{.count = count, .duration_us = held})) << "round " << round;
  }
}

TEST(AddEvenly, LeavesOutWindowsBeyondTheRange) {
  RequestCounts counts = EmptyCounts();
  const auto series = counts.Intern("w", "r", RequestClass::kServed);
  AddEvenly({{{0, 5'000, 4, 8'000}}}, At(0), At(240), {1, 3}, series, counts);
  EXPECT_EQ(RequestsIn(counts), 2U);
}

}  // namespace
}  // namespace loadcurve::prometheus
