#include "metrics/rolling_load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve {
namespace {

using std::chrono::minutes;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::IsNan;

const TimePoint kStart(std::chrono::hours(500'000));

RollingLoad Minutes(std::size_t most) {
  return RollingLoad::Make(minutes(1), most, "cudgx").value();
}

TEST(RollingLoad, KeepsGapsAsMissing) {
  RollingLoad load = Minutes(10);
  load.Set(kStart, MetricsQps(1));
  load.Set(kStart + minutes(3), MetricsQps(4));
  const LoadSeries series = load.Between(kStart - minutes(5), kStart + minutes(9)).value();
  EXPECT_EQ(series.start(), kStart);
  EXPECT_EQ(series.weights_version(), "cudgx");
  EXPECT_THAT(series.values(), ElementsAre(DoubleEq(1), IsNan(), IsNan(), DoubleEq(4)));
  EXPECT_EQ(load.At(kStart + minutes(3)), MetricsQps(4));
  EXPECT_EQ(load.At(kStart + minutes(1)), std::nullopt);
  EXPECT_EQ(load.LatestStart(), kStart + minutes(3));
}

TEST(RollingLoad, TakesAmendmentsAndWhatCameLate) {
  RollingLoad load = Minutes(10);
  load.Set(kStart, MetricsQps(1));
  load.Set(kStart, MetricsQps(2));
  load.Set(kStart - minutes(2), MetricsQps(3));
  EXPECT_THAT(load.Between(kStart - minutes(9), kStart + minutes(1)).value().values(),
              ElementsAre(DoubleEq(3), IsNan(), DoubleEq(2)));
}

TEST(RollingLoad, ForgetsWhatIsOlderThanItKeeps) {
  RollingLoad load = Minutes(3);
  for (int i = 0; i < 5; ++i) load.Set(kStart + minutes(i), MetricsQps(i));
  EXPECT_EQ(load.Between(kStart, kStart + minutes(9)).value().start(), kStart + minutes(2));
  load.Set(kStart, MetricsQps(9));  // too old by now
  EXPECT_EQ(load.At(kStart), std::nullopt);
  load.Set(kStart + minutes(1'000'000), MetricsQps(7));  // a clock that jumped
  EXPECT_EQ(load.At(kStart + minutes(4)), std::nullopt);
  EXPECT_EQ(load.At(kStart + minutes(1'000'000)), MetricsQps(7));
}

TEST(RollingLoad, CutsAtWholeWindowsThatStartWithin) {
  RollingLoad load = Minutes(10);
  for (int i = 0; i < 5; ++i) load.Set(kStart + minutes(i), MetricsQps(i));
  const auto cut = load.Between(kStart + minutes(1) - Duration(1), kStart + minutes(3));
  EXPECT_THAT(cut.value().values(), ElementsAre(DoubleEq(1), DoubleEq(2)));
  EXPECT_FALSE(load.Between(kStart + minutes(7), kStart + minutes(9)));
}

TEST(RollingLoad, RefusesNoRoom) {
  EXPECT_FALSE(RollingLoad::Make(minutes(1), 0, ""));
  EXPECT_FALSE(RollingLoad::Make(Duration(0), 5, ""));
}

TEST(RollingLoad, KeepsOldWindowsToFourInTenThousandAndTheLatestExactly) {
  RollingLoad load = Minutes(500);
  for (int i = 0; i < 400; ++i) load.Set(kStart + minutes(i), MetricsQps(100 + i));
  EXPECT_EQ(load.At(kStart + minutes(272)), MetricsQps(372)) << "the first of 128 exact ones";
  EXPECT_NEAR(load.At(kStart + minutes(271))->value(), 371, 371 * 4e-4);
  EXPECT_NEAR(load.At(kStart)->value(), 100, 100 * 4e-4);
  load.Set(kStart + minutes(5), MetricsQps(7));
  EXPECT_NEAR(load.At(kStart + minutes(5))->value(), 7, 7 * 4e-4);
  load.Set(kStart - minutes(50), MetricsQps(9));
  EXPECT_EQ(load.Between(kStart - minutes(99), kStart + minutes(400))->size(), 450U);
  EXPECT_EQ(load.At(kStart + minutes(399)), MetricsQps(499));
}

}  // namespace
}  // namespace loadcurve
