#include "forecaster/backtest.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace loadcurve {
namespace {

// A short series is fitted anew at each origin, which is closest to what the final
// forecast does; a fit on a long one costs more and changes less from day to day.
constexpr std::size_t kShortSeries = 1200;
constexpr std::size_t kOriginsOfShort = 16;
constexpr std::size_t kOriginsOfLong = 240;
constexpr std::size_t kFoldsOfLong = 4;

LoadSeries Prefix(const LoadSeries& series, std::size_t size) {
  const auto values = series.values().first(size);
  return LoadSeries::Make(series.start(), series.step(), {values.begin(), values.end()},
                          series.weights_version())
      .value();
}

}  // namespace

BacktestPlan PlanBacktest(const LoadSeries& series, std::size_t least_history,
                          std::size_t horizon) {
  const auto values = series.values();
  std::size_t size = values.size();
  while (size > 0 && std::isnan(values[size - 1])) --size;
  BacktestPlan plan;
  plan.horizon = horizon;
  const std::size_t first = std::max({least_history, size / 2, std::size_t{1}});
  if (first >= size) return plan;
  const std::size_t last = size - std::min(horizon, (size - first + 1) / 2);
  const bool is_long = size > kShortSeries;
  const std::size_t count = std::min(is_long ? kOriginsOfLong : kOriginsOfShort, last - first + 1);
  plan.folds.resize(std::min(is_long ? kFoldsOfLong : count, count));
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t origin = count == 1 ? last : first + (last - first) * i / (count - 1);
    while (std::isnan(values[origin])) ++origin;
    auto& fold = plan.folds[i * plan.folds.size() / count];
    if (fold.empty() || fold.back() < origin) fold.push_back(origin);
  }
  return plan;
}

Result<std::vector<RollingOrigin>> Backtest(const ForecastModel& model, const LoadSeries& series,
                                            const BacktestPlan& plan) {
  std::vector<RollingOrigin> origins;
  const auto values = series.values();
  std::unique_ptr<FittedModel> fitted;
  std::size_t known = 0;
  for (const auto& fold : plan.folds) {
    while (fitted && known < fold.front()) fitted->Observe(values[known++]);
    if (!fitted || !fitted->Refit()) {
      known = fold.front();
      LC_TRY(fitted, model.Fit(Prefix(series, known)));
    }
    for (const std::size_t origin : fold) {
      while (known < origin) fitted->Observe(values[known++]);
      const auto actual = values.subspan(origin, std::min(plan.horizon, values.size() - origin));
      origins.push_back({origin, fitted->Predict(actual.size()), {actual.begin(), actual.end()}});
    }
  }
  return origins;
}

}  // namespace loadcurve
