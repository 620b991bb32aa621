#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "adapters/plot/svg_plot.h"
#include "base/time_text.h"
#include "cmd/forecast_report.h"

namespace loadcurve {
namespace {

constexpr std::size_t kMostCharts = 6;
// How much of the past is drawn: three horizons, and two of the shortest seasons.
constexpr std::size_t kPastHorizons = 3;
constexpr std::size_t kPastSeasons = 2;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::size_t ShownPast(const ForecastReport& report, const LoadSeries& series) {
  std::size_t past = kPastHorizons * report.forecast.horizon();
  if (!report.seasons.empty())
    past = std::max(
        past, kPastSeasons * static_cast<std::size_t>(report.seasons.front() / series.step()));
  return std::min(past, series.size());
}

// The path of one level behind `past` steps without it.
std::vector<double> PathOf(const Forecast& forecast, double level, std::size_t past) {
  std::vector<double> path(past, kMissing);
  for (std::size_t ahead = 0; ahead < forecast.horizon(); ++ahead)
    path.push_back(forecast.Quantile(ahead, level));
  return path;
}

plot::Chart ChartOf(const NamedForecast& named, const LoadSeries& series) {
  const Forecast& forecast = named.report.forecast;
  const std::size_t past = ShownPast(named.report, series);
  const auto shown = series.values().last(past);
  plot::Chart chart{.title = fmt::format("{}: {} steps of {} ahead", named.id, forecast.horizon(),
                                         ToString(forecast.step())),
                    .unit = forecast.weights_version(),
                    .start = series.TimeAt(series.size() - past),
                    .step = series.step(),
                    .lines = {{.name = "load", .values = {shown.begin(), shown.end()}},
                              {.name = "median", .values = PathOf(forecast, 0.5, past)}},
                    .bands = {},
                    .divider = past};
  // Levels from the outside to the middle, in pairs.
  const auto levels = forecast.levels();
  for (std::size_t i = 0; i + 1 < levels.size() - i; ++i) {
    const double low = levels[i];
    const double high = levels[levels.size() - 1 - i];
    if (!(low < 0.5 && high > 0.5)) continue;
    chart.bands.push_back({.name = i == 0 ? fmt::format("{:g} to {:g}", low, high) : "",
                           .low = PathOf(forecast, low, past),
                           .high = PathOf(forecast, high, past)});
  }
  return chart;
}

}  // namespace

std::string ForecastPicture(const ForecastPrintout& printout,
                            const std::vector<series::NamedSeries>& past) {
  std::vector<plot::Chart> charts;
  for (std::size_t i = 0; i < std::min(printout.forecasts.size(), kMostCharts); ++i)
    charts.push_back(ChartOf(printout.forecasts[i], past[i].series));
  return plot::ToSvg(charts, {.width = 960, .chart_height = charts.size() == 1 ? 280 : 150});
}

}  // namespace loadcurve
