#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/time_text.h"
#include "cmd/ramp_report.h"

namespace loadcurve {
namespace {

constexpr std::size_t kPlaces = 120;

using Points = std::vector<std::pair<double, double>>;  // load, value; by load

// The points joined by lines, at evenly spaced loads from 0 to `most`; NaN where there is none.
std::vector<double> Joined(const Points& points, double most) {
  std::vector<double> values(kPlaces, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < kPlaces; ++i) {
    const double load = (static_cast<double>(i) + 0.5) / kPlaces * most;
    const auto next = std::lower_bound(points.begin(), points.end(), std::pair(load, -1.0));
    if (next == points.begin() || next == points.end()) continue;
    const auto before = std::prev(next);
    const double way = next->first - before->first;
    const double share = way > 0 ? (load - before->first) / way : 0;
    values[i] = before->second + share * (next->second - before->second);
  }
  return values;
}

// Of the steps in the mix of the log, loads that were held twice once, with their mean.
template <class Value>
Points PointsOf(const RampResult& result, Value value) {
  Points all;
  for (const CurvePoint& point : result.curve) {
    const double number = value(point);
    if (point.purpose != StepPurpose::kMix && point.answered_rate > 0 && std::isfinite(number))
      all.emplace_back(point.asked_rate * result.load_of_request, number);
  }
  std::sort(all.begin(), all.end());
  Points once;
  for (std::size_t i = 0; i < all.size();) {
    std::size_t end = i;
    double sum = 0;
    for (; end < all.size() && all[end].first <= all[i].first * 1.0001; ++end)
      sum += all[end].second;
    once.emplace_back(all[i].first, sum / static_cast<double>(end - i));
    i = end;
  }
  return once;
}

double CpuPercent(const CurvePoint& point) {
  const auto ceiling = point.use.CpuCeiling();
  if (!point.use.cpu_cores || !ceiling || *ceiling <= 0)
    return std::numeric_limits<double>::quiet_NaN();
  return *point.use.cpu_cores / *ceiling * 100;
}

}  // namespace

std::vector<plot::Chart> RampCharts(const RampReport& report) {
  const RampResult& result = report.result;
  if (!result.rate || result.load_of_request <= 0) return {};
  // Overloads are drawn up to a half beyond the limit, and up to four targets.
  const double most = 1.5 * result.rate->value * result.load_of_request;
  const double highest = 4e3 * Seconds(report.latency_target);
  const auto capped = [&](double seconds) { return std::min(seconds * 1e3, highest); };
  const Points median = PointsOf(result, [&](const auto& p) { return capped(p.median_seconds); });
  const Points tail = PointsOf(result, [&](const auto& p) { return capped(p.quantile_seconds); });
  const Points cpu = PointsOf(result, CpuPercent);
  const auto limit = static_cast<std::size_t>(static_cast<double>(kPlaces) / 1.5);
  plot::Chart latency{
      .title = fmt::format("Latency; late beyond {}", loadcurve::ToString(report.latency_target)),
      .unit = "ms",
      .lines = {{.name = "p50", .values = Joined(median, most)},
                {.name = fmt::format("p{:g}", report.quantile * 100),
                 .values = Joined(tail, most)}},
      .divider = limit,
      .along = plot::ValueAxis{"MetricsQPS", most}};
  std::vector<plot::Chart> charts = {std::move(latency)};
  if (cpu.size() > 1)
    charts.push_back({.title = "CPU, of what one replica may use",
                      .unit = "%",
                      .lines = {{.name = "", .values = Joined(cpu, most)}},
                      .divider = limit,
                      .along = plot::ValueAxis{"MetricsQPS", most}});
  return charts;
}

}  // namespace loadcurve
