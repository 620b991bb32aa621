#include "metrics/resample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve {
namespace {

using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsNan;

const double kMissing = std::nan("");

LoadSeries From(int start_minute, std::vector<double> values) {
  return LoadSeries::Make(TimePoint(minutes(start_minute)), minutes(1), std::move(values), "cudgx")
      .value();
}

TEST(Resample, AddsCountsAndAveragesLevels) {
  const LoadSeries series = From(4, {1, 3, 5, 7});
  EXPECT_THAT(Resample(series, minutes(2), Aggregate::kSum)->values(), ElementsAre(4, 12));
  EXPECT_THAT(Resample(series, minutes(2), Aggregate::kMean)->values(), ElementsAre(2, 6));
}

TEST(Resample, StartsWindowsAtWholeMultiplesAlsoBefore1970) {
  const auto after = Resample(From(5, {1, 2, 3, 4}), minutes(2), Aggregate::kSum).value();
  EXPECT_EQ(after.start(), TimePoint(minutes(6)));
  EXPECT_THAT(after.values(), ElementsAre(5));
  const auto before = Resample(From(-5, {1, 2, 3, 4, 5}), minutes(2), Aggregate::kSum).value();
  EXPECT_EQ(before.start(), TimePoint(minutes(-4)));
  EXPECT_THAT(before.values(), ElementsAre(5, 9));
  EXPECT_EQ(before.weights_version(), "cudgx");
}

TEST(Resample, TakesAMissingValueToBeLikeTheOthersUnlessMostAreMissing) {
  const auto sums =
      Resample(From(0, {2, kMissing, 4, 1, kMissing, kMissing}), minutes(3), Aggregate::kSum);
  EXPECT_THAT(sums->values(), ElementsAre(9, IsNan()));
}

TEST(Resample, RefusesAStepThatIsNoMultipleAndASeriesThatFillsNoWindow) {
  EXPECT_FALSE(Resample(From(0, {1, 2, 3}), std::chrono::seconds(90), Aggregate::kSum));
  EXPECT_FALSE(Resample(From(0, {1, 2, 3}), std::chrono::seconds(30), Aggregate::kSum));
  EXPECT_FALSE(Resample(From(1, {1, 2, 3}), minutes(4), Aggregate::kSum));
}

}  // namespace
}  // namespace loadcurve
