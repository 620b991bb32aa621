// What holds of any forecast, whatever the load: on loads drawn at random.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <string>

#include "forecaster/forecast_scores.h"
#include "forecaster/load_forecast.h"
#include "tests/forecaster/synthetic_load.h"

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

// Counts of a Poisson process, a minute each, that is half as fast again by day and half as fast by
// night; of large means its normal limit.
std::vector<double> DrawnCounts(double mean, std::size_t minutes) {
  std::mt19937_64 random(7);
  std::vector<double> counts;
  for (std::size_t i = 0; i < minutes; ++i) {
    const double rate = mean * (1 + 0.5 * Wave(i, 1440));
    counts.push_back(
        mean < 1e6 ? static_cast<double>(std::poisson_distribution<std::int64_t>(rate)(random))
                   : std::round(std::normal_distribution<double>(rate, std::sqrt(rate))(random)));
  }
  return counts;
}

class EachMean : public testing::TestWithParam<double> {};

TEST_P(EachMean, OfCountsAMinuteIsForetoldWithBandsThatCoverAsOftenAsTheySay) {
  constexpr std::size_t kHour = 60;
  constexpr std::size_t kDay = 1440;
  const std::vector<double> counts = DrawnCounts(GetParam(), 5 * kDay);
  double covered = 0;
  double all = 0;
  for (std::size_t now = 4 * kDay; now + kHour <= counts.size(); now += kDay / 6) {
    const std::vector<double> past(counts.begin(),
                                   counts.begin() + static_cast<std::ptrdiff_t>(now));
    const Forecast forecast =
        ForecastLoad(LoadSeries::Make(TimePoint(), std::chrono::minutes(1), past, "").value(),
                     {.horizon = kHour, .levels = {0.05, 0.5, 0.95}})
            .value()
            .forecast;
    for (std::size_t ahead = 0; ahead < kHour; ++ahead, ++all) {
      const double count = counts[now + ahead];
      covered += forecast.At(ahead, 0) <= count && count <= forecast.At(ahead, 2) ? 1 : 0;
      EXPECT_NEAR(forecast.At(ahead, 1) / (GetParam() * (1 + 0.5 * Wave(now + ahead, kDay))), 1,
                  GetParam() < 10 ? 0.7 : 0.15);
    }
  }
  EXPECT_GT(covered / all, 0.84);
  // A count of 1 a minute is 0 more often than in one of 20 minutes: no band leaves it out.
  if (GetParam() > 10) {
    EXPECT_LT(covered / all, 0.96);
  }
}

INSTANTIATE_TEST_SUITE_P(FromOneToABillion, EachMean, testing::Values(1, 60, 1e4, 1e9));

}  // namespace
}  // namespace loadcurve
