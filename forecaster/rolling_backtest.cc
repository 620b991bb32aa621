#include "forecaster/rolling_backtest.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "forecaster/forecast_scores.h"
#include "forecaster/seasonality.h"

namespace loadcurve {
namespace {

// What ForecastLoad needs at the least.
constexpr std::size_t kFewestKnown = 3;
// Multiples of it, less their whole part, fill the interval evenly (Weyl, 1916).
constexpr double kGoldenRatio = 0.6180339887498949;

// What one origin showed.
struct OriginRecord {
  std::vector<std::vector<ScoreTally>> tallies;  // by model, by step ahead
  std::vector<ModelKind> used;                   // by model
  std::vector<Forecast> forecast;                // one: that of the first model
};

LoadSeries Known(const LoadSeries& series, std::size_t origin, std::size_t history) {
  const std::size_t first = history == 0 || history > origin ? 0 : origin - history;
  const auto values = series.values().subspan(first, origin - first);
  return LoadSeries::Make(series.TimeAt(first), series.step(), {values.begin(), values.end()},
                          series.weights_version())
      .value();
}

std::size_t ScaleSeason(const LoadSeries& known, const ForecastOptions& options) {
  if (options.seasons.empty()) {
    const std::vector<std::size_t> seasons = DetectSeasons(known);
    return seasons.empty() ? 1 : seasons.front();
  }
  const Duration shortest = *std::min_element(options.seasons.begin(), options.seasons.end());
  return std::max<std::size_t>(1, static_cast<std::size_t>(shortest / known.step()));
}

// One series under trial.
class Trial {
 public:
  Trial(const LoadSeries& series, const RollingOptions& options)
      : series_(series),
        options_(options),
        rules_{options.forecast.levels, options.band},
        forecast_(options.forecast) {
    forecast_.levels = LevelsToJudge(rules_);
  }

  Result<OriginRecord> At(std::size_t origin, std::size_t season) const {
    const LoadSeries known = Known(series_, origin, options_.origins.history);
    const double scale = SeasonalNaiveError(known.values(), season);
    std::optional<ForecastReport> naive;
    LC_TRY(naive, Ask(known, ModelKind::kSeasonalNaive, ForecastLoad));
    const bool has_season = naive->model == ModelKind::kSeasonalNaive;
    OriginRecord record;
    for (const ModelKind model : options_.models) {
      LC_TRY(auto report, Ask(known, model, options_.forecaster));
      record.used.push_back(report.model);
      auto& tallies = record.tallies.emplace_back(forecast_.horizon);
      for (std::size_t ahead = 0; ahead < tallies.size(); ++ahead)
        tallies[ahead].Add(report.forecast, ahead,
                           {.actual = series_.values()[origin + ahead],
                            .scale = scale,
                            .naive = has_season ? &naive->forecast : nullptr},
                           rules_);
      if (record.forecast.empty()) record.forecast.push_back(std::move(report.forecast));
    }
    return record;
  }

 private:
  Result<ForecastReport> Ask(const LoadSeries& known, ModelKind model,
                             const Forecaster& forecaster) const {
    ForecastOptions options = forecast_;
    options.model = model;
    return forecaster(known, options);
  }

  const LoadSeries& series_;
  const RollingOptions& options_;
  ScoreRules rules_;
  ForecastOptions forecast_;
};

ModelRecord Summed(std::size_t index, const RollingOptions& options,
                   const std::vector<Result<OriginRecord>>& origins) {
  ModelRecord record{.model = options.models[index], .used = {}, .whole = {}, .by_horizon = {}};
  for (std::size_t ahead = 0; ahead < options.forecast.horizon; ++ahead) {
    ScoreTally step;
    for (const auto& origin : origins) step.Add(origin->tallies[index][ahead]);
    record.by_horizon.push_back(step);
    record.whole.Add(step);
  }
  for (const auto& origin : origins) ++record.used[origin->used[index]];
  return record;
}

}  // namespace

Result<std::vector<std::size_t>> OriginsOf(const LoadSeries& series, std::size_t horizon,
                                           const OriginPlan& plan) {
  std::size_t size = series.size();
  while (size > 0 && std::isnan(series.values()[size - 1])) --size;
  if (size < horizon + kFewestKnown)
    return Fail(ErrorCode::kInsufficientData, "the series has " + std::to_string(size) +
                                                  " steps; a horizon of " +
                                                  std::to_string(horizon) + " needs at least " +
                                                  std::to_string(horizon + kFewestKnown));
  const std::size_t last = size - horizon;
  const std::size_t first = plan.first > 0 ? std::max(plan.first, kFewestKnown)
                                           : std::min(std::max(size / 2, kFewestKnown), last);
  if (first > last)
    return Fail(ErrorCode::kInvalidArgument, "no forecast of " + std::to_string(horizon) +
                                                 " steps fits between the first moment wanted and "
                                                 "the end of the series");
  std::vector<std::size_t> origins;
  if (plan.every > 0) {
    for (std::size_t i = 0; i < plan.most && i * plan.every <= last - first; ++i)
      origins.push_back(last - i * plan.every);
    std::reverse(origins.begin(), origins.end());
    return origins;
  }
  const std::size_t count = std::min(plan.most, last - first + 1);
  const double part = static_cast<double>(last - first + 1) / static_cast<double>(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double turn = kGoldenRatio * static_cast<double>(i + 1);
    const double place = (static_cast<double>(i) + turn - std::floor(turn)) * part;
    origins.push_back(std::min(first + static_cast<std::size_t>(place), last));
  }
  return origins;
}

Result<SeriesRecord> BacktestLoad(const LoadSeries& series, const RollingOptions& options,
                                  const std::function<void()>& on_origin) {
  SeriesRecord record;
  LC_TRY(record.origins, OriginsOf(series, options.forecast.horizon, options.origins));
  record.season = ScaleSeason(Known(series, record.origins.front(), 0), options.forecast);
  const Trial trial(series, options);
  std::vector<Result<OriginRecord>> origins(record.origins.size(), Fail(ErrorCode::kInternal, ""));
  std::mutex done;
  tbb::parallel_for(std::size_t{0}, origins.size(), [&](std::size_t i) {
    origins[i] = trial.At(record.origins[i], record.season);
    const std::lock_guard lock(done);
    on_origin();
  });
  for (std::size_t i = 0; i < origins.size(); ++i)
    if (!origins[i])
      return Within("at the origin after " + std::to_string(record.origins[i]) + " steps",
                    origins[i].error());
  for (std::size_t i = 0; i < options.models.size(); ++i)
    record.models.push_back(Summed(i, options, origins));
  for (auto& origin : origins) record.forecasts.push_back(std::move(origin->forecast.front()));
  return record;
}

std::vector<Result<SeriesRecord>> BacktestLoads(std::span<const LoadSeries> series,
                                                const RollingOptions& options,
                                                const std::function<void()>& on_origin) {
  std::vector<Result<SeriesRecord>> records(series.size(), Fail(ErrorCode::kInternal, ""));
  std::mutex done;
  tbb::parallel_for(std::size_t{0}, series.size(), [&](std::size_t i) {
    records[i] = BacktestLoad(series[i], options, [&] {
      const std::lock_guard lock(done);
      on_origin();
    });
  });
  return records;
}

std::vector<ModelKind> AllModelKinds() {
  // Kinds follow one another, and what is none of them has the name of the first.
  std::vector<ModelKind> kinds = {ModelKind::kAuto};
  for (int next = 1; Name(static_cast<ModelKind>(next)) != Name(ModelKind::kAuto); ++next)
    kinds.push_back(static_cast<ModelKind>(next));
  return kinds;
}

}  // namespace loadcurve
