#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "forecaster/forecast.h"
#include "metrics/load_series.h"

namespace loadcurve {

enum class ModelKind {
  kAuto,           // whichever did best at origins inside the series
  kPersistence,    // the last level stays
  kSeasonalNaive,  // the last season again
  kRidge,          // autoregression on recent, daily and weekly lags
  kProfile,        // the recent level, moving as on the days before
  kDecomposition,  // level, day and week taken apart
  kHarmonic,       // waves of the seasons, and a rest that remembers
  kBlend,          // the mean of those that did well, weighted by how well
  kHour,           // the next hour at fine steps, learnt step by step (HourAhead)
};

// "auto", "persistence", "seasonal-naive", "ridge", "profile", "decomposition", "harmonic",
// "blend", "hour".
std::string_view Name(ModelKind kind);
[[nodiscard]] Result<ModelKind> ParseModelKind(std::string_view name);

struct ForecastOptions {
  std::size_t horizon = 1;                         // steps, 1 .. 100,000
  std::vector<double> levels = {0.05, 0.5, 0.95};  // in (0, 1), rising
  // Whole multiples of the series' step; empty: detected.
  std::vector<Duration> seasons;
  ModelKind model = ModelKind::kAuto;
  // Whether kAuto may try kHour, which goes through the whole series step by step (a tenth of a
  // second for a month of minutes), and takes the blend of all models unless one of them is clearly
  // better. Otherwise it takes whichever has the least loss.
  bool is_thorough = false;
};

// A forecast and how it came about.
struct ForecastReport {
  Forecast forecast;
  ModelKind model = ModelKind::kPersistence;  // the one that was used; never kAuto
  std::vector<Duration> seasons;              // rising; empty where none was seen
  std::string why;                            // in words: why this model and these seasons
  // Mean pinball loss to expect, in units of the load, judged at origins inside the
  // series by bands that did not know them; absent where the series is too short.
  std::optional<double> expected_loss;
  // 1 - loss / loss of seasonal naive at the same origins: 0 is no better than repeating
  // the last season. Absent without a season or without origins.
  std::optional<double> skill;
  // At each level of the forecast, of the largest load within the horizon: from joint paths, since
  // the largest of many steps exceeds what each of them seldom exceeds. Empty where events or a
  // shape were laid over the forecast.
  std::vector<double> maximum;
};

// Forecasts the load after the end of `series`, with bands from its own past errors.
// The same series and options always give the same forecast.
//
// A series too short for the model asked for, or without the season it needs, is given to
// the next simpler one, and `why` says so.
//
// kInvalidArgument: a horizon, levels or seasons that ForecastOptions does not allow.
// kInsufficientData: fewer than 3 measured values, or none to learn from the errors of.
[[nodiscard]] Result<ForecastReport> ForecastLoad(const LoadSeries& series,
                                                  const ForecastOptions& options);

// The same for many series at once, on `threads` threads (0: all of the machine), in the
// order given. `on_done` is called after each, from any thread, one at a time.
std::vector<Result<ForecastReport>> ForecastLoads(std::span<const LoadSeries> series,
                                                  const ForecastOptions& options, int threads,
                                                  const std::function<void()>& on_done);

}  // namespace loadcurve
