#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "base/result.h"
#include "forecaster/forecast.h"
#include "forecaster/load_forecast.h"
#include "forecaster/score_tally.h"
#include "metrics/load_series.h"

namespace loadcurve {

// From which moments of a series forecasts are made, in steps.
struct OriginPlan {
  std::size_t most = 20;    // moments, at least 1
  std::size_t every = 0;    // how far apart, counted from the end; 0: spread evenly
  std::size_t first = 0;    // none is earlier; 0: the middle of the series
  std::size_t history = 0;  // how much of the past each forecast is shown; 0: all
};

// How a forecast is made of what was known: ForecastLoad, or what stands around it.
using Forecaster =
    std::function<Result<ForecastReport>(const LoadSeries& known, const ForecastOptions& options)>;

struct RollingOptions {
  ForecastOptions forecast;       // its model is not looked at; its levels are the pinball loss's
  std::vector<ModelKind> models;  // at least one
  OriginPlan origins;
  double band = 0.9;                     // of the interval score, in (0, 1)
  Forecaster forecaster = ForecastLoad;  // of the models; seasonal naive, their rival, has none
};

// How one way to forecast did on one series.
struct ModelRecord {
  ModelKind model = ModelKind::kAuto;     // as asked for
  std::map<ModelKind, std::size_t> used;  // what it came to, by how many origins
  ScoreTally whole;
  std::vector<ScoreTally> by_horizon;  // one a step ahead; they add up to the whole
};

struct SeriesRecord {
  std::vector<std::size_t> origins;  // rising: the first step that each forecast is for
  std::size_t season = 1;            // steps, of the scale of mase and interval_score
  std::vector<ModelRecord> models;   // in the order asked for
  std::vector<Forecast> forecasts;   // of the first model, one an origin
};

// The moments that the plan takes in a series, less what is missing at its end. Spread ones lie
// each in its own part of the time between, at places that fall on all times of a day and not on a
// few. The whole horizon is known after each. kInsufficientData: not even 3 steps are left before
// one; kInvalidArgument: none is as late as `first`.
[[nodiscard]] Result<std::vector<std::size_t>> OriginsOf(const LoadSeries& series,
                                                         std::size_t horizon,
                                                         const OriginPlan& plan);

// At each origin everything is chosen and fitted anew by the forecaster from what was known there,
// as `loadcurve forecast` would have done at that moment, and held against what came. All models,
// and seasonal naive for the skill, are tried at the same origins.
[[nodiscard]] Result<SeriesRecord> BacktestLoad(const LoadSeries& series,
                                                const RollingOptions& options,
                                                const std::function<void()>& on_origin);

// Many series in the order given, on the threads of the calling arena. `on_origin` is called after
// each origin, from any thread, one at a time.
std::vector<Result<SeriesRecord>> BacktestLoads(std::span<const LoadSeries> series,
                                                const RollingOptions& options,
                                                const std::function<void()>& on_origin);

// Every kind there is, kAuto first.
std::vector<ModelKind> AllModelKinds();

}  // namespace loadcurve
