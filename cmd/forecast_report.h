#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/series/series_file.h"
#include "cmd/forecast_explanation.h"
#include "cmd/output.h"
#include "forecaster/calendar_forecast.h"
#include "forecaster/load_forecast.h"

namespace loadcurve {

// A forecast of one of the series asked for.
struct NamedForecast {
  std::string id;  // of a wide file: its first column; else the path
  ForecastReport report;
  std::optional<ForecastExplanation> explanation;
  std::vector<ExpectedEvent> events;  // that a calendar has within the forecast
};

// What is printed, with the levels as the user wrote them.
struct ForecastPrintout {
  std::vector<NamedForecast> forecasts;
  std::vector<std::string> level_names;  // "q0.05"
  bool is_wide = false;
};

std::string RenderForecast(const ForecastPrintout& printout, OutputFormat output);

// The explanations alone, in words; empty where there is none.
std::string ExplanationsOf(const ForecastPrintout& printout);

// The end of each past and the fan of its forecast, as an SVG: of the first few where there are
// many. `past` in the order of the forecasts.
std::string ForecastPicture(const ForecastPrintout& printout,
                            const std::vector<series::NamedSeries>& past);

}  // namespace loadcurve
