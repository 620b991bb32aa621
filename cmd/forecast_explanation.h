#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "forecaster/load_components.h"
#include "forecaster/load_forecast.h"
#include "forecaster/rolling_backtest.h"
#include "metrics/load_series.h"

namespace loadcurve {

// Why a forecast is as it is, and how such forecasts did of late.
struct ForecastExplanation {
  std::vector<double> season_correlations;  // one a season of the report
  // The same of the means of hours, as parts of the shortest season are called here; empty where
  // steps are no finer.
  std::vector<double> hourly_correlations;
  // From rolling origins in the last four weeks, or the later half where that is shorter; absent
  // where the series is too short.
  struct Lately {
    std::size_t origins = 0;
    TimePoint since;
    double coverage90 = 0;
    double skill = 0;  // NaN without a season
  };
  std::optional<Lately> lately;
  std::size_t ahead = 0;  // the step that is taken apart
  double predicted = 0;   // its median
  LoadComponents parts;
  double event = 0;  // what events add to it; part of the prediction, not of the parts
};

// How many origins Explain tries, at the most.
inline constexpr std::size_t kExplainedOrigins = 12;

// A forecast that is to be explained, and what it was made of.
struct ExplainedForecast {
  const LoadSeries& past;
  const LoadSeries& ordinary;  // the same without what events added
  const ForecastOptions& options;
  const ForecastReport& report;
  std::span<const double> lifts;  // by events, one a step ahead; empty: none
  Forecaster forecaster;
};

// `at`: a time within the forecast whose window is taken apart; absent: the highest one.
// kInvalidArgument where `at` lies outside.
[[nodiscard]] Result<ForecastExplanation> Explain(const ExplainedForecast& explained,
                                                  std::optional<TimePoint> at);

// Lines for people. Of a wide file steps are counted and times are not told.
std::string InWords(const ForecastExplanation& explanation, const ForecastReport& report,
                    bool is_wide);
nlohmann::ordered_json ToJson(const ForecastExplanation& explanation, const ForecastReport& report,
                              bool is_wide);

}  // namespace loadcurve
