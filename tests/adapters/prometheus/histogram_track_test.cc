#include "adapters/prometheus/histogram_track.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve::prometheus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

constexpr std::int64_t kUnbounded = DurationBucket::kUnbounded;

TimePoint At(std::int64_t s) {
  return TimePoint(seconds(s));
}

TimeSeries Series(Labels labels, std::vector<std::pair<int, double>> samples) {
  TimeSeries series{std::move(labels)};
  for (const auto& [time, value] : samples) series.points.push_back({At(time), value});
  return series;
}

TEST(ClassicTracks, TakesCumulativeBucketsApart) {
  const std::vector<TimeSeries> buckets = {
      Series({{"__name__", "x_bucket"}, {"pod", "a"}, {"le", "+Inf"}}, {{10, 9}}),
      Series({{"__name__", "x_bucket"}, {"pod", "a"}, {"le", "0.1"}}, {{10, 3}}),
      Series({{"__name__", "x_bucket"}, {"pod", "a"}, {"le", "1e0"}}, {{10, 7}})};
  const std::vector<TimeSeries> sums = {Series({{"__name__", "x_sum"}, {"pod", "a"}}, {{10, 4.5}})};
  const auto tracks = ClassicTracks(buckets, sums, seconds(1));
  ASSERT_EQ(tracks.size(), 1U);
  EXPECT_EQ(tracks[0].labels, (Labels{{"pod", "a"}}));
  ASSERT_EQ(tracks[0].snapshots.size(), 1U);
  EXPECT_THAT(tracks[0].snapshots[0].buckets,
              ElementsAre(DurationBucket{0, 100'000, 3}, DurationBucket{100'000, 1'000'000, 4},
                          DurationBucket{1'000'000, kUnbounded, 2}));
  EXPECT_EQ(tracks[0].snapshots[0].sum_us, 4'500'000);
}

TEST(ClassicTracks, ReadsMilliseconds) {
  const auto tracks = ClassicTracks(
      std::vector{Series({{"le", "0.5"}}, {{0, 1}}), Series({{"le", "+Inf"}}, {{0, 1}})},
      std::vector{Series({}, {{0, 0.25}})}, milliseconds(1));
  EXPECT_EQ(tracks.at(0).snapshots[0].buckets[0].upper_us, 500);
  EXPECT_EQ(tracks[0].snapshots[0].sum_us, 250);
}

TEST(ClassicTracks, LeavesOutAScrapeThatIsHalfWritten) {
  const auto tracks =
      ClassicTracks(std::vector{Series({{"le", "1"}}, {{0, 1}, {30, 4}}),
                                Series({{"le", "+Inf"}}, {{0, 2}, {15, 5}, {30, 6}})},
                    {}, seconds(1));
  ASSERT_EQ(tracks.size(), 1U);
  ASSERT_EQ(tracks[0].snapshots.size(), 2U);
  EXPECT_EQ(tracks[0].snapshots[1].time, At(30));
}

TEST(ClassicTracks, TakesABucketThatNeverWasForEmpty) {
  const auto tracks = ClassicTracks(
      std::vector{Series({{"le", "0.1"}}, {{0, 2}, {15, 2}}), Series({{"le", "1"}}, {{15, 3}}),
                  Series({{"le", "+Inf"}}, {{0, 2}, {15, 3}})},
      {}, seconds(1));
  ASSERT_EQ(tracks.at(0).snapshots.size(), 2U);
  EXPECT_THAT(tracks[0].snapshots[0].buckets,
              ElementsAre(DurationBucket{0, 100'000, 2}, DurationBucket{100'000, 1'000'000, 0},
                          DurationBucket{1'000'000, kUnbounded, 0}));
}

TEST(ClassicTracks, LeavesOutWhatCannotBe) {
  const auto track_of = [](double inner, double all, double sum) {
    return ClassicTracks(
        std::vector{Series({{"le", "1"}}, {{0, inner}}), Series({{"le", "+Inf"}}, {{0, all}})},
        std::vector{Series({}, {{0, sum}})}, seconds(1));
  };
  EXPECT_EQ(track_of(1, 2, 3).size(), 1U);
  EXPECT_TRUE(track_of(NAN, 2, 3).empty());
  EXPECT_TRUE(track_of(-1, 2, 3).empty());
  EXPECT_TRUE(track_of(1, INFINITY, 3).empty());
  EXPECT_TRUE(track_of(1e15, 1e15, 3).empty());  // 30 million years of requests
  EXPECT_EQ(track_of(1, 2, NAN)[0].snapshots[0].sum_us, std::nullopt);
  EXPECT_EQ(track_of(1, 2, -1)[0].snapshots[0].sum_us, std::nullopt);
  EXPECT_TRUE(ClassicTracks(std::vector{Series({{"le", "1"}}, {{0, 1}})}, {}, seconds(1)).empty())
      << "no bucket +Inf";
  EXPECT_TRUE(ClassicTracks(std::vector{Series({{"le", "x"}}, {{0, 1}})}, {}, seconds(1)).empty());
}

TEST(NativeTracks, ReadsBucketsAndPutsNegativeDurationsAtZero) {
  TimeSeries series{{{"__name__", "x"}, {"pod", "a"}}};
  series.histograms.push_back(
      {At(5), 10, 3.5, {{-1, -0.5, 1}, {-0.001, 0.001, 2}, {0.5, 1, 6}, {4, INFINITY, 1}}});
  const auto tracks = NativeTracks(std::vector{series}, seconds(1));
  ASSERT_EQ(tracks.size(), 1U);
  EXPECT_EQ(tracks[0].labels, (Labels{{"pod", "a"}}));
  EXPECT_THAT(
      tracks[0].snapshots[0].buckets,
      ElementsAre(DurationBucket{0, 0, 1}, DurationBucket{0, 1000, 2},
                  DurationBucket{500'000, 1'000'000, 6}, DurationBucket{4'000'000, kUnbounded, 1}));
  EXPECT_EQ(tracks[0].snapshots[0].sum_us, 3'500'000);
}

}  // namespace
}  // namespace loadcurve::prometheus
