#include "forecaster/harmonic_regression.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/forecaster/synthetic_load.h"

namespace loadcurve {
namespace {

using std::chrono::hours;

std::vector<double> Foretold(const LoadSeries& series, std::vector<std::size_t> seasons) {
  return HarmonicRegression(std::move(seasons)).Fit(series).value()->Predict(48);
}

TEST(HarmonicRegression, ContinuesWavesOfDayAndWeek) {
  const auto load = [](std::size_t i) {
    return 100 * std::exp(0.5 * Wave(i, 24) + 0.2 * Wave(3 * i, 24) + 0.3 * Wave(2 * i, 168));
  };
  const auto path = Foretold(SeriesOf(6 * 168, hours(1), load), {24, 168});
  for (std::size_t i = 0; i < 48; ++i) EXPECT_NEAR(path[i] / load(i), 1, 0.01) << i;
}

TEST(HarmonicRegression, GoesFromWhereTheLoadStandsToItsWavesInItsOwnTime) {
  // What stands above the waves loses a tenth an hour.
  std::mt19937_64 random(4);
  std::normal_distribution<double> noise(0, 0.05);
  double above = 0;
  const std::size_t size = 60 * 24;
  const LoadSeries series = SeriesOf(size, hours(1), [&](std::size_t i) {
    above = i + 1 == size ? 0.5 : 0.9 * above + noise(random);
    return 100 * std::exp(0.5 * Wave(i, 24) + above);
  });
  const auto path = Foretold(series, {24, 168});
  const auto left = [&](std::size_t ahead) {
    return std::log(path[ahead] / 100) - 0.5 * Wave(size + ahead, 24);
  };
  EXPECT_NEAR(left(0), 0.45, 0.08);
  EXPECT_NEAR(left(6), 0.5 * std::pow(0.9, 7), 0.1);
  EXPECT_NEAR(left(47), 0, 0.08);
}

TEST(HarmonicRegression, ForgetsAnOldShapeWithinWeeks) {
  // The day turned over ten weeks ago.
  const auto load = [](std::size_t i) {
    return 100 * std::exp(0.5 * Wave(i, 24) * (i < 20 * 168 ? -1 : 1));
  };
  const LoadSeries series = SeriesOf(30 * 168, hours(1), load);
  const auto path = Foretold(series, {24, 168});
  for (std::size_t i = 0; i < 48; ++i)
    EXPECT_NEAR(path[i] / load(30 * 168 + i), 1, 0.12) << i;  // 2 x 0.5 x 2^(-10 / 3) of it is left
}

TEST(HarmonicRegression, StaysWithinAFifthBeyondWhatWasMeasured) {
  const LoadSeries series = SeriesOf(200, hours(1), [](std::size_t i) {
    return std::exp(0.05 * static_cast<double>(i) + 0.1 * Wave(i, 24));
  });
  double highest = 0;
  for (const double load : series.values()) highest = std::max(highest, load);
  for (const double load : HarmonicRegression({24}).Fit(series).value()->Predict(500)) {
    EXPECT_LE(load, 1.2 * highest * (1 + 1e-9));
    EXPECT_GE(load, 0);
  }
}

TEST(HarmonicRegression, BearsGapsAndZeros) {
  const LoadSeries series = SeriesOf(20 * 24, hours(1), [](std::size_t i) {
    if ((i > 100 && i < 150) || i % 31 == 7 || i > 20 * 24 - 6) return std::nan("");
    return i % 24 < 8 ? 0.0 : 10.0;
  });
  const auto path = Foretold(series, {24});
  for (std::size_t i = 0; i < 48; ++i) EXPECT_NEAR(path[i], i % 24 < 8 ? 0 : 10, 1) << i;
}

TEST(HarmonicRegression, ObservesWhatCameAsIfItHadBeenOnRecord) {
  const auto load = [](std::size_t i) { return 50 + 20 * Wave(i, 24) + (i % 5 == 0 ? 9 : 0); };
  const LoadSeries series = SeriesOf(240, hours(1), load);
  const auto fitted = HarmonicRegression({24}).Fit(series).value();
  const double before = fitted->Predict(2)[1];
  fitted->Observe(fitted->Predict(1)[0]);
  // Exactly what was foretold: nothing was learnt.
  EXPECT_NEAR(fitted->Predict(1)[0], before, 1e-9);
}

TEST(HarmonicRegression, SaysHowMuchHistoryItNeeds) {
  const LoadSeries series = SeriesOf(47, hours(1), [](std::size_t i) { return Phase(i, 24); });
  const auto fitted = HarmonicRegression({24}).Fit(series);
  ASSERT_FALSE(fitted);
  EXPECT_EQ(fitted.error().code, ErrorCode::kInsufficientData);
  EXPECT_EQ(fitted.error().message,
            "the harmonic regression needs 48 steps, a season of them measured");
}

}  // namespace
}  // namespace loadcurve
