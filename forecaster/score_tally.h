#pragma once

#include <cstddef>
#include <vector>

#include "forecaster/forecast.h"

namespace loadcurve {

// What forecasts were worth; NaN where nothing says.
struct ForecastMetrics {
  double smape = 0;           // 0 .. 200, of the median; see Smape
  double mase = 0;            // of the median; see Mase
  double pinball = 0;         // mean over steps and levels, in units of the load
  double coverage90 = 0;      // the share of steps within the paths of 0.05 and 0.95
  double interval_score = 0;  // see Msis
  double skill = 0;           // 1 - loss / loss of seasonal naive, at the steps where there is one
};

// By what steps are judged.
struct ScoreRules {
  std::vector<double> levels;  // of the pinball loss
  double band = 0.9;           // the share that the band of the interval score is to cover
};

// All levels that a forecast must hold to be judged: rising.
std::vector<double> LevelsToJudge(const ScoreRules& rules);

// Steps that were judged, added up. Tallies of parts add up to that of the whole.
class ScoreTally {
 public:
  // What came, and what it is held against.
  struct Truth {
    double actual = 0;                // NaN: missing, and counts for nothing
    double scale = 1;                 // SeasonalNaiveError of what was known; NaN: unknown
    const Forecast* naive = nullptr;  // what seasonal naive foretold; null: there is no season
  };

  // Step `ahead` of a forecast that holds LevelsToJudge.
  void Add(const Forecast& forecast, std::size_t ahead, const Truth& truth,
           const ScoreRules& rules);
  void Add(const ScoreTally& other);

  std::size_t steps() const { return static_cast<std::size_t>(steps_); }
  ForecastMetrics Metrics() const;

 private:
  double steps_ = 0;
  double smape_ = 0;
  double pinball_ = 0;
  double covered_ = 0;
  double scaled_steps_ = 0;  // those with a scale
  double scaled_error_ = 0;
  double interval_ = 0;
  double compared_pinball_ = 0;  // at the steps with a seasonal naive
  double naive_pinball_ = 0;
};

}  // namespace loadcurve
