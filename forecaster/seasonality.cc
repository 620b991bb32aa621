#include "forecaster/seasonality.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "forecaster/local_trend.h"
#include "forecaster/log_scale.h"
#include "forecaster/part_means.h"

namespace loadcurve {
namespace {

// A season shows as a peak: loads one season apart are alike, and more so than loads some
// part of it apart. A trend alone is alike at all short lags, but has no peak.
constexpr double kLeastCorrelation = 0.1;
constexpr double kLeastRise = 0.1;
constexpr std::size_t kFewestStepsOfSeason = 4;
constexpr std::size_t kDaysAWeek = 7;
constexpr std::size_t kHours = 24;
// Such a rise is hardly ever chance.
constexpr double kTimesChance = 4;
// Up to one of these the level of the last hours tells what day it is.
constexpr std::size_t kPartsOfDay = 4;
// Without its trend a load must be more alike a week apart than some days apart by this much: what
// is left of it is as alike either way where there is no week. Chosen on rolling origins inside the
// training part of the M4 hourly series.
constexpr double kLeastWeeklyRise = 0.03;
// Beyond this lag the search for unknown seasons would be slow, and a season of so many
// steps is better named by the user.
constexpr std::size_t kLongestSearchedLag = 3000;

// Values about their mean with 0 in the gaps, and 1 or 0 for measured or not.
struct Centered {
  Eigen::VectorXd values;
  Eigen::VectorXd is_measured;
};

Centered Center(std::span<const double> values) {
  const auto size = static_cast<Eigen::Index>(values.size());
  Centered centered{Eigen::VectorXd::Zero(size), Eigen::VectorXd::Zero(size)};
  for (Eigen::Index i = 0; i < size; ++i) {
    const double value = values[static_cast<std::size_t>(i)];
    if (std::isnan(value)) continue;
    centered.values[i] = value;
    centered.is_measured[i] = 1;
  }
  const double mean = centered.values.sum() / std::max(1.0, centered.is_measured.sum());
  centered.values -= mean * centered.is_measured;
  return centered;
}

double CorrelationAt(const Centered& series, std::size_t lag) {
  const auto pairs = series.values.size() - static_cast<Eigen::Index>(lag);
  if (pairs <= 0) return 0;
  const double count = series.is_measured.head(pairs).dot(series.is_measured.tail(pairs));
  const double variance = series.values.squaredNorm() / std::max(1.0, series.is_measured.sum());
  if (count == 0 || variance == 0) return 0;
  return series.values.head(pairs).dot(series.values.tail(pairs)) / count / variance;
}

// By how much loads a season apart must be more alike than those some part of it apart.
bool IsSeason(const Centered& series, std::size_t lag, double least_rise) {
  if (lag < kFewestStepsOfSeason || static_cast<std::size_t>(series.values.size()) < 2 * lag)
    return false;
  const double peak = CorrelationAt(series, lag);
  const double trough = std::min({CorrelationAt(series, lag / 4), CorrelationAt(series, lag / 2),
                                  CorrelationAt(series, 3 * lag / 4)});
  return peak >= kLeastCorrelation && peak - trough >= least_rise;
}

// The week is seen in the day's troughs too, so its peak must stand above that of the days
// between.
bool RisesAtWeek(const Centered& series, std::size_t day, double least_rise) {
  const double between = (CorrelationAt(series, 3 * day) + CorrelationAt(series, 4 * day)) / 2;
  const double peak = CorrelationAt(series, kDaysAWeek * day);
  return peak >= kLeastCorrelation && peak > between + least_rise;
}

// The log load without what changes from week to week.
Centered WithoutTrend(std::span<const double> loads, std::size_t week) {
  const LogScale scale = LogScale::Of(loads);
  std::vector<double> logs;
  logs.reserve(loads.size());
  for (const double load : loads) logs.push_back(std::isnan(load) ? load : scale.To(load));
  const std::vector<double> trend = LocalTrend(logs, week);
  for (std::size_t i = 0; i < logs.size(); ++i) logs[i] -= trend[i];
  return Center(logs);
}

// A load that grows is less alike a week apart than some days apart, whatever its week: then the
// week is seen without the growth.
bool IsWeekBeneathGrowth(std::span<const double> loads, std::size_t day) {
  return RisesAtWeek(WithoutTrend(loads, kDaysAWeek * day), day, kLeastWeeklyRise);
}

// The noise of single steps may hide a day that hours show. Of so few values chance is alike too:
// of n pairs by 1 / sqrt(n).
std::vector<std::size_t> SeasonsByHours(std::span<const double> loads, std::size_t day) {
  const std::size_t hour = day / kHours;
  const std::vector<double> means = PartMeans(loads, hour);
  if (means.size() < 2 * kHours) return {};
  const Centered hours = Center(means);
  const auto pairs = static_cast<double>(means.size() - kHours);
  if (!IsSeason(hours, kHours, kTimesChance / std::sqrt(pairs))) return {};
  const bool has_weeks = means.size() >= 2 * kDaysAWeek * kHours;
  if (!has_weeks || !RisesAtWeek(hours, kHours, 0)) return {day};
  return {day, kDaysAWeek * day};
}

std::vector<std::size_t> SearchSeason(const Centered& series) {
  const std::size_t longest =
      std::min(static_cast<std::size_t>(series.values.size()) / 3, kLongestSearchedLag);
  if (longest < kFewestStepsOfSeason) return {};
  std::vector<double> correlation(longest + 2);
  for (std::size_t lag = 1; lag < correlation.size(); ++lag)
    correlation[lag] = CorrelationAt(series, lag);
  double trough = correlation[1];
  double best = 0;
  std::vector<std::size_t> season;
  for (std::size_t lag = 2; lag <= longest; ++lag) {
    trough = std::min(trough, correlation[lag]);
    const bool is_peak =
        correlation[lag] > correlation[lag - 1] && correlation[lag] >= correlation[lag + 1] &&
        correlation[lag] >= 2 * kLeastCorrelation && correlation[lag] - trough >= 2 * kLeastRise;
    // A multiple of the season repeats just as well: it must be clearly better.
    if (!is_peak || correlation[lag] < best + kLeastRise) continue;
    best = correlation[lag];
    season = {lag};
  }
  return season;
}

}  // namespace

double Autocorrelation(std::span<const double> values, std::size_t lag) {
  return CorrelationAt(Center(values), lag);
}

std::vector<std::size_t> DetectSeasons(const LoadSeries& series, std::size_t horizon) {
  const Centered centered = Center(series.values());
  std::vector<std::size_t> seasons;
  const Duration day = std::chrono::days(1);
  if (day % series.step() == Duration(0)) {
    const auto steps = static_cast<std::size_t>(day / series.step());
    if (IsSeason(centered, steps, kLeastRise)) seasons.push_back(steps);
    const bool may_be_weekly = !seasons.empty() || steps < kFewestStepsOfSeason;
    const bool has_weeks = series.size() >= 2 * kDaysAWeek * steps;
    if (may_be_weekly && has_weeks &&
        (RisesAtWeek(centered, steps, 0) ||
         (horizon > steps / kPartsOfDay && IsWeekBeneathGrowth(series.values(), steps))))
      seasons.push_back(kDaysAWeek * steps);
    if (seasons.empty() && steps > kHours && steps % kHours == 0)
      seasons = SeasonsByHours(series.values(), steps);
  }
  return seasons.empty() ? SearchSeason(centered) : seasons;
}

}  // namespace loadcurve
