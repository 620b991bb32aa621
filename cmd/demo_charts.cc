#include "cmd/demo_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace loadcurve {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

struct Columns {
  std::vector<double> cpu, metricsqps, concurrency, qps;
};

// On the even grid of the series, so that an absent window is a gap.
Columns ColumnsOf(const DemoOutcome& outcome) {
  const LoadSeries& series = outcome.series;
  const std::vector<double> empty(series.size(), kMissing);
  Columns columns{empty, empty, empty, empty};
  for (const DemoWindow& window : outcome.windows) {
    const auto i =
        static_cast<std::size_t>((window.sample.window_start - series.start()) / series.step());
    columns.cpu[i] = window.cpu_cores;
    columns.metricsqps[i] = window.sample.load.value();
    columns.concurrency[i] = window.sample.concurrency.value();
    columns.qps[i] = window.sample.Qps(series.step());
  }
  return columns;
}

plot::Chart ChartOf(const LoadSeries& series, std::string title, std::string unit,
                    std::vector<double> values) {
  return {.title = std::move(title),
          .unit = std::move(unit),
          .start = series.start(),
          .step = series.step(),
          .lines = {{.name = "", .values = std::move(values), .mark = plot::Mark::kArea}},
          .bands = {}};
}

std::string WithCorrelation(std::string_view name, double correlation) {
  return fmt::format("{}: correlation with CPU {:.2f}", name, correlation);
}

}  // namespace

double Correlation(std::span<const double> a, std::span<const double> b) {
  double n = 0, sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) continue;
    ++n;
    sum_a += a[i];
    sum_b += b[i];
    sum_aa += a[i] * a[i];
    sum_bb += b[i] * b[i];
    sum_ab += a[i] * b[i];
  }
  const double spread_a = n * sum_aa - sum_a * sum_a;
  const double spread_b = n * sum_bb - sum_b * sum_b;
  if (n < 3 || !(spread_a > 0) || !(spread_b > 0)) return kMissing;
  return (n * sum_ab - sum_a * sum_b) / std::sqrt(spread_a * spread_b);
}

DemoCorrelations CorrelationsOf(const DemoOutcome& outcome) {
  const Columns columns = ColumnsOf(outcome);
  return {.qps = Correlation(columns.qps, columns.cpu),
          .concurrency = Correlation(columns.concurrency, columns.cpu),
          .metricsqps = Correlation(columns.metricsqps, columns.cpu)};
}

std::vector<plot::Chart> LoadCharts(const DemoOutcome& outcome) {
  Columns columns = ColumnsOf(outcome);
  const DemoCorrelations correlations = CorrelationsOf(outcome);
  const LoadSeries& series = outcome.series;
  return {ChartOf(series, "CPU, as the kernel counted it", "cores", std::move(columns.cpu)),
          ChartOf(series, WithCorrelation("MetricsQPS", correlations.metricsqps),
                  outcome.series.weights_version(), std::move(columns.metricsqps)),
          ChartOf(series, WithCorrelation("Requests in flight", correlations.concurrency), "mean",
                  std::move(columns.concurrency)),
          ChartOf(series, WithCorrelation("QPS", correlations.qps), "requests/s",
                  std::move(columns.qps))};
}

plot::Chart ForecastChart(const DemoOutcome& outcome) {
  const Forecast& forecast = outcome.forecast.forecast;
  const LoadSeries& series = outcome.series;
  const std::size_t past = series.size();
  const std::vector<double> empty(past + forecast.horizon(), kMissing);

  plot::Chart chart{.title = "Load and its forecast",
                    .unit = "MetricsQPS",
                    .start = series.start(),
                    .step = series.step(),
                    .lines = {{.name = "measured", .values = {}, .mark = plot::Mark::kArea},
                              {.name = "forecast, median", .values = empty}},
                    .bands = {{.name = "5 % to 95 %", .low = empty, .high = empty}},
                    .divider = past};
  chart.lines[0].values.assign(series.values().begin(), series.values().end());
  for (std::size_t ahead = 0; ahead < forecast.horizon(); ++ahead) {
    chart.bands[0].low[past + ahead] = forecast.At(ahead, 0);
    chart.lines[1].values[past + ahead] = forecast.At(ahead, 1);
    chart.bands[0].high[past + ahead] = forecast.At(ahead, 2);
  }
  return chart;
}

}  // namespace loadcurve
