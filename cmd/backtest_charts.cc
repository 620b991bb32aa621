#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "adapters/plot/svg_plot.h"
#include "base/time_text.h"
#include "cmd/backtest_report.h"
#include "forecaster/forecast_scores.h"

namespace loadcurve {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kLow = 0.05;
constexpr double kHigh = 0.95;
// How much of the past is drawn before an origin, in horizons.
constexpr std::size_t kPast = 2;

std::vector<double> LossesByOrigin(const BacktestOutcome& outcome) {
  const SeriesRecord& record = outcome.records.front();
  const auto values = outcome.series.front().series.values();
  std::vector<double> losses;
  for (std::size_t i = 0; i < record.origins.size(); ++i) {
    const double loss = MeanPinballLoss(
        record.forecasts[i], values.subspan(record.origins[i], outcome.options.forecast.horizon));
    losses.push_back(std::isnan(loss) ? 0 : loss);
  }
  return losses;
}

plot::Chart FanAt(const BacktestOutcome& outcome, std::size_t index, const std::string& which) {
  const SeriesRecord& record = outcome.records.front();
  const LoadSeries& series = outcome.series.front().series;
  const std::size_t origin = record.origins[index];
  const std::size_t horizon = outcome.options.forecast.horizon;
  const std::size_t past = std::min(origin, kPast * horizon);
  const Forecast& forecast = record.forecasts[index];
  const auto shown = series.values().subspan(origin - past, past + horizon);
  std::vector<double> low(past, kMissing);
  std::vector<double> middle = low;
  std::vector<double> high = low;
  for (std::size_t ahead = 0; ahead < horizon; ++ahead) {
    low.push_back(forecast.Quantile(ahead, kLow));
    middle.push_back(forecast.Quantile(ahead, 0.5));
    high.push_back(forecast.Quantile(ahead, kHigh));
  }
  return {.title = fmt::format("{}, issued {}", which, ToRfc3339(series.TimeAt(origin))),
          .unit = "",
          .start = series.TimeAt(origin - past),
          .step = series.step(),
          .lines = {{.name = "load", .values = {shown.begin(), shown.end()}},
                    {.name = "median", .values = std::move(middle)}},
          .bands = {{.name = "90 %", .low = std::move(low), .high = std::move(high)}},
          .divider = past};
}

plot::Chart ByHorizon(const BacktestOutcome& outcome, std::string title,
                      double ForecastMetrics::*metric, double factor) {
  const std::size_t horizon = outcome.options.forecast.horizon;
  plot::Chart chart{.title = std::move(title),
                    .unit = "",
                    .lines = {},
                    .bands = {},
                    .along = plot::ValueAxis{"steps ahead", static_cast<double>(horizon)}};
  for (std::size_t model = 0; model < outcome.options.models.size(); ++model) {
    const ModelKind kind = outcome.options.models[model];
    // One that was never used would be drawn over that which stood in for it.
    if (kind != ModelKind::kAuto && !UsedBy(outcome, model).contains(kind)) continue;
    plot::Line line{.name = std::string(Name(kind)), .values = {}};
    for (std::size_t ahead = 0; ahead < horizon; ++ahead)
      line.values.push_back(factor * MeanAhead(outcome, model, ahead, ahead + 1).*metric);
    chart.lines.push_back(std::move(line));
  }
  return chart;
}

}  // namespace

std::string BacktestPicture(const BacktestOutcome& outcome) {
  std::vector<plot::Chart> charts;
  if (!outcome.is_wide) {
    const std::vector<double> losses = LossesByOrigin(outcome);
    std::vector<std::size_t> order(losses.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return losses[a] < losses[b]; });
    charts.push_back(FanAt(outcome, order[order.size() / 2], "Of middle loss"));
    if (order.size() > 1) charts.push_back(FanAt(outcome, order.back(), "Of greatest loss"));
  }
  charts.push_back(outcome.is_wide
                       ? ByHorizon(outcome, "Mean of mase", &ForecastMetrics::mase, 1)
                       : ByHorizon(outcome, "Pinball loss", &ForecastMetrics::pinball, 1));
  constexpr double kPercent = 100;
  plot::Chart coverage =
      ByHorizon(outcome, "Covered by 90 % bands (%)", &ForecastMetrics::coverage90, kPercent);
  coverage.lines.push_back(
      {.name = "90 %",
       .values = std::vector<double>(outcome.options.forecast.horizon, kPercent * (kHigh - kLow))});
  charts.push_back(std::move(coverage));
  return plot::ToSvg(charts, {.width = 960});
}

}  // namespace loadcurve
