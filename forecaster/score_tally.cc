#include "forecaster/score_tally.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "forecaster/forecast_scores.h"

namespace loadcurve {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr double kLow90 = 0.05;
constexpr double kHigh90 = 0.95;

// Rounded, so that (1 - 0.9) / 2 is the level 0.05 and not one beside it.
double LowLevel(double band) {
  return std::round((1 - band) / 2 * 1e9) / 1e9;
}

double PinballOf(const Forecast& forecast, std::size_t ahead, double actual,
                 const ScoreRules& rules) {
  double loss = 0;
  for (const double level : rules.levels)
    loss += PinballLoss(level, actual, forecast.Quantile(ahead, level));
  return loss / static_cast<double>(rules.levels.size());
}

double Over(double sum, double count) {
  return count > 0 ? sum / count : kNothing;
}

}  // namespace

std::vector<double> LevelsToJudge(const ScoreRules& rules) {
  std::vector<double> levels = rules.levels;
  const double low = LowLevel(rules.band);
  levels.insert(levels.end(), {kLow90, 0.5, kHigh90, low, 1 - low});
  std::sort(levels.begin(), levels.end());
  // Levels that differ by rounding alone are the same.
  const auto is_same = [](double a, double b) { return b - a < 1e-9; };
  levels.erase(std::unique(levels.begin(), levels.end(), is_same), levels.end());
  return levels;
}

void ScoreTally::Add(const Forecast& forecast, std::size_t ahead, const Truth& truth,
                     const ScoreRules& rules) {
  const double actual = truth.actual;
  if (std::isnan(actual)) return;
  ++steps_;
  const double median = forecast.Quantile(ahead, 0.5);
  smape_ += Smape({&actual, 1}, {&median, 1});
  const double pinball = PinballOf(forecast, ahead, actual, rules);
  pinball_ += pinball;
  const bool is_covered =
      forecast.Quantile(ahead, kLow90) <= actual && actual <= forecast.Quantile(ahead, kHigh90);
  covered_ += is_covered ? 1 : 0;
  if (!std::isnan(truth.scale)) {
    ++scaled_steps_;
    scaled_error_ += std::abs(actual - median) / truth.scale;
    const double low = LowLevel(rules.band);
    interval_ += IntervalScore(actual, forecast.Quantile(ahead, low),
                               forecast.Quantile(ahead, 1 - low), 2 * low) /
                 truth.scale;
  }
  if (truth.naive != nullptr) {
    compared_pinball_ += pinball;
    naive_pinball_ += PinballOf(*truth.naive, ahead, actual, rules);
  }
}

void ScoreTally::Add(const ScoreTally& other) {
  steps_ += other.steps_;
  smape_ += other.smape_;
  pinball_ += other.pinball_;
  covered_ += other.covered_;
  scaled_steps_ += other.scaled_steps_;
  scaled_error_ += other.scaled_error_;
  interval_ += other.interval_;
  compared_pinball_ += other.compared_pinball_;
  naive_pinball_ += other.naive_pinball_;
}

ForecastMetrics ScoreTally::Metrics() const {
  return {.smape = Over(smape_, steps_),
          .mase = Over(scaled_error_, scaled_steps_),
          .pinball = Over(pinball_, steps_),
          .coverage90 = Over(covered_, steps_),
          .interval_score = Over(interval_, scaled_steps_),
          .skill = naive_pinball_ > 0 ? 1 - compared_pinball_ / naive_pinball_ : kNothing};
}

}  // namespace loadcurve
