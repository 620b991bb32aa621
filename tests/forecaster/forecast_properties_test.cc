// What holds of any forecast, whatever the load: on loads drawn at random.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <string>

#include "forecaster/forecast_scores.h"
#include "forecaster/load_forecast.h"

namespace loadcurve {
namespace {

using std::chrono::hours;

constexpr std::size_t kHorizon = 24;

// Hours of days and weeks, of a size, a noise, gaps and idle times of its own.
std::vector<double> DrawnLoad(std::uint64_t seed, std::size_t size) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> share;
  const double level = std::pow(10, 1 + 5 * share(random));
  const double day = share(random);
  const double weekend = 0.3 + 0.7 * share(random);
  const double missing = seed % 3 == 0 ? 0.05 : 0;
  const double idle = seed % 4 == 1 ? 0.3 : 0;
  std::normal_distribution<double> noise(0, 0.02 + 0.2 * share(random));
  std::vector<double> loads;
  for (std::size_t i = 0; i < size; ++i) {
    const double wave = std::sin(6.283185307 * static_cast<double>(i % 24) / 24);
    double load = level * std::exp(day * wave + noise(random)) * (i / 24 % 7 < 5 ? 1 : weekend);
    if (share(random) < idle) load = 0;
    loads.push_back(share(random) < missing ? std::nan("") : load);
  }
  return loads;
}

ForecastReport Foretold(const std::vector<double>& loads, TimePoint start = TimePoint()) {
  return ForecastLoad(LoadSeries::Make(start, hours(1), loads, "").value(),
                      {.horizon = kHorizon, .levels = {0.05, 0.5, 0.95}})
      .value();
}

class EachLoad : public testing::TestWithParam<std::uint64_t> {
 protected:
  static constexpr std::size_t kSize = 4 * 168;
  std::vector<double> loads_ = DrawnLoad(GetParam(), kSize);
};

TEST_P(EachLoad, IsForetoldAThousandTimesAsLargeWhereItIsThatLarge) {
  std::vector<double> large = loads_;
  for (double& load : large) load *= 1000;
  const ForecastReport one = Foretold(loads_);
  const ForecastReport thousand = Foretold(large);
  EXPECT_EQ(one.model, thousand.model);
  for (std::size_t ahead = 0; ahead < kHorizon; ++ahead)
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_NEAR(thousand.forecast.At(ahead, i), 1000 * one.forecast.At(ahead, i),
                  1e-6 * (1 + 1000 * one.forecast.At(ahead, i)));
}

TEST_P(EachLoad, IsForetoldTheSameAtAnotherTime) {
  const TimePoint later = TimePoint(hours(1234567));
  const Forecast now = Foretold(loads_).forecast;
  const Forecast then = Foretold(loads_, later).forecast;
  EXPECT_EQ(then.issued_at() - later, now.issued_at() - TimePoint());
  for (std::size_t ahead = 0; ahead < kHorizon; ++ahead)
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(then.At(ahead, i), now.At(ahead, i));
}

TEST_P(EachLoad, HasRisingQuantilesAndALargestStepAboveAll) {
  const ForecastReport report = Foretold(loads_);
  ASSERT_EQ(report.maximum.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_LE(report.maximum[i == 0 ? 0 : i - 1], report.maximum[i]);
    for (std::size_t ahead = 0; ahead < kHorizon; ++ahead) {
      EXPECT_LE(report.forecast.At(ahead, i == 0 ? 0 : i - 1), report.forecast.At(ahead, i));
      EXPECT_LE(report.forecast.At(ahead, i), report.maximum[i]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Drawn, EachLoad, testing::Range<std::uint64_t>(1, 13));

// Of all levels, at the steps that were measured.
double LossOf(const Forecast& forecast, std::span<const double> actual) {
  double loss = 0;
  for (std::size_t ahead = 0; ahead < kHorizon; ++ahead)
    for (std::size_t i = 0; i < 3 && !std::isnan(actual[ahead]); ++i)
      loss += PinballLoss(forecast.levels()[i], actual[ahead], forecast.At(ahead, i));
  return loss;
}

TEST(MoreHistory, OfTheSameKindHurtsNoForecastMuch) {
  double with_more = 0;  // in units of the loss with less
  constexpr std::uint64_t kLoads = 24;
  for (std::uint64_t seed = 1; seed <= kLoads; ++seed) {
    const std::vector<double> all = DrawnLoad(seed, 8 * 168 + kHorizon);
    const auto actual = std::span(all).last(kHorizon);
    const auto end = all.end() - kHorizon;
    const double less = LossOf(Foretold({end - 4 * 168, end}).forecast, actual);
    const double more = LossOf(Foretold({all.begin(), end}).forecast, actual);
    EXPECT_LT(more, 3 * less) << seed;
    with_more += more / less / kLoads;
  }
  EXPECT_LT(with_more, 1.1);
}

}  // namespace
}  // namespace loadcurve
