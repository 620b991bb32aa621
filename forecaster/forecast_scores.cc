#include "forecaster/forecast_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace loadcurve {
namespace {

// The mean of what was added; NaN where nothing was.
class Mean {
 public:
  void Add(double value) {
    sum_ += value;
    ++count_;
  }
  double Value() const {
    return count_ > 0 ? sum_ / count_ : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  double sum_ = 0;
  double count_ = 0;
};

}  // namespace

double PinballLoss(double level, double actual, double predicted) {
  const double error = actual - predicted;
  return std::max(level * error, (level - 1) * error);
}

double MeanPinballLoss(const Forecast& forecast, std::span<const double> actual) {
  Mean loss;
  for (std::size_t ahead = 0; ahead < std::min(actual.size(), forecast.horizon()); ++ahead) {
    if (std::isnan(actual[ahead])) continue;
    for (std::size_t i = 0; i < forecast.levels().size(); ++i)
      loss.Add(PinballLoss(forecast.levels()[i], actual[ahead], forecast.At(ahead, i)));
  }
  return loss.Value();
}

double CoveredShare(const Forecast& forecast, std::span<const double> actual, std::size_t low_level,
                    std::size_t high_level) {
  Mean covered;
  for (std::size_t ahead = 0; ahead < std::min(actual.size(), forecast.horizon()); ++ahead) {
    if (std::isnan(actual[ahead])) continue;
    const bool is_inside = forecast.At(ahead, low_level) <= actual[ahead] &&
                           actual[ahead] <= forecast.At(ahead, high_level);
    covered.Add(is_inside ? 1 : 0);
  }
  return covered.Value();
}

double SeasonalNaiveError(std::span<const double> history, std::size_t season) {
  Mean error;
  for (std::size_t i = season; i < history.size(); ++i) {
    const double change = std::abs(history[i] - history[i - season]);
    if (!std::isnan(change)) error.Add(change);
  }
  return error.Value() > 0 ? error.Value() : std::numeric_limits<double>::quiet_NaN();
}

double IntervalScore(double actual, double low, double high, double miss_share) {
  const double outside = std::max(0.0, low - actual) + std::max(0.0, actual - high);
  return high - low + 2 / miss_share * outside;
}

double Mase(std::span<const double> history, std::size_t season, std::span<const double> actual,
            std::span<const double> predicted) {
  Mean error;
  for (std::size_t i = 0; i < std::min(actual.size(), predicted.size()); ++i)
    if (!std::isnan(actual[i])) error.Add(std::abs(actual[i] - predicted[i]));
  return error.Value() / SeasonalNaiveError(history, season);
}

double Smape(std::span<const double> actual, std::span<const double> predicted) {
  Mean error;
  for (std::size_t i = 0; i < std::min(actual.size(), predicted.size()); ++i) {
    if (std::isnan(actual[i])) continue;
    const double size = std::abs(actual[i]) + std::abs(predicted[i]);
    error.Add(size > 0 ? 200 * std::abs(actual[i] - predicted[i]) / size : 0);
  }
  return error.Value();
}

double Msis(std::span<const double> history, std::size_t season, std::span<const double> actual,
            std::span<const double> low, std::span<const double> high, double miss_share) {
  Mean score;
  for (std::size_t i = 0; i < std::min({actual.size(), low.size(), high.size()}); ++i) {
    if (std::isnan(actual[i])) continue;
    score.Add(IntervalScore(actual[i], low[i], high[i], miss_share));
  }
  return score.Value() / SeasonalNaiveError(history, season);
}

}  // namespace loadcurve
