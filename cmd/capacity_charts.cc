#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "cmd/capacity_report.h"

namespace loadcurve {
namespace {

constexpr std::size_t kPlaces = 160;
constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

// Loads at evenly spaced places from 0 to `most`.
double LoadAt(std::size_t place, double most) {
  return (static_cast<double>(place) + 0.5) / static_cast<double>(kPlaces) * most;
}

std::vector<double> Drawn(double most, const std::function<double(double)>& value_at) {
  std::vector<double> values;
  for (std::size_t i = 0; i < kPlaces; ++i) values.push_back(value_at(LoadAt(i, most)));
  return values;
}

// The levels joined by lines; NaN beyond them.
double Joined(const std::vector<LoadLevel>& levels, double load,
              const std::function<double(const LoadLevel&)>& value_of) {
  const auto next = std::lower_bound(
      levels.begin(), levels.end(), load,
      [](const LoadLevel& level, double wanted) { return level.load.value() < wanted; });
  if (next == levels.begin() || next == levels.end()) return kNothing;
  const auto before = std::prev(next);
  const double way = next->load.value() - before->load.value();
  const double share = way > 0 ? (load - before->load.value()) / way : 0;
  return value_of(*before) + share * (value_of(*next) - value_of(*before));
}

// Where the estimate lies: all heights between the ends of its interval.
std::vector<plot::Band> EstimateBand(const ProductionCapacity& found, double most, double height) {
  if (!found.rate) return {};
  const double low = found.rate->low * found.load_of_request;
  const double high = found.rate->high * found.load_of_request;
  // At least one place wide.
  const double margin = most / static_cast<double>(kPlaces) / 2;
  const auto within = [=](double load) { return load >= low - margin && load <= high + margin; };
  return {{.name = "estimate",
           .low = Drawn(most, [&](double load) { return within(load) ? 0 : kNothing; }),
           .high = Drawn(most, [&](double load) { return within(load) ? height : kNothing; })}};
}

}  // namespace

std::vector<plot::Chart> CapacityCharts(const ProductionReport& report) {
  const ProductionCapacity& found = report.found;
  if (found.levels.size() < 2) return {};
  const double seen = found.levels.back().load.value();
  const double end = found.rate ? found.rate->high * found.load_of_request : seen;
  const double most = 1.15 * std::max(seen, end);
  const auto divider =
      static_cast<std::size_t>(std::min(seen / most, 1.0) * static_cast<double>(kPlaces));
  const plot::ValueAxis axis{"MetricsQPS", most};
  const auto& line = found.fit.cpu;
  const auto& limit = report.limits.cpu;
  const auto cpu_share = [&](double load) {
    return (line->idle + line->factor * load) / limit->value();
  };

  double highest_ms = 2e3 * report.limits.target_seconds;
  double seen_ms = 0;
  for (const LoadLevel& level : found.levels) seen_ms = std::max(seen_ms, level.tail_seconds * 1e3);
  highest_ms = std::min(highest_ms, std::max(4 * seen_ms, 1.2e3 * report.limits.target_seconds));
  plot::Chart latency{.title = fmt::format("p{:g}; late beyond {:g} ms", report.quantile * 100,
                                           report.limits.target_seconds * 1e3),
                      .unit = "ms",
                      .lines = {{.name = "seen",
                                 .values = Drawn(most,
                                                 [&](double load) {
                                                   return Joined(found.levels, load,
                                                                 [](const LoadLevel& level) {
                                                                   return level.tail_seconds * 1e3;
                                                                 });
                                                 })}},
                      .divider = divider,
                      .along = axis};
  if (found.fit.queue && line && limit && found.standing == Standing::kExtrapolated)
    latency.lines.push_back(
        {.name = "by the curve", .values = Drawn(most, [&](double load) {
                                   if (load < seen) return kNothing;
                                   const double ms = found.fit.queue->TailAt(cpu_share(load)) * 1e3;
                                   return ms <= highest_ms ? ms : kNothing;
                                 })});
  latency.bands = EstimateBand(found, most, std::max(latency.Highest(), 1e-3));
  std::vector<plot::Chart> charts = {std::move(latency)};

  if (!line || !limit) return charts;
  plot::Chart cpu{
      .title = "CPU, of what one replica may use",
      .unit = "%",
      .lines = {{.name = "seen",
                 .values = Drawn(most,
                                 [&](double load) {
                                   return Joined(found.levels, load, [&](const LoadLevel& level) {
                                     return level.cpu_cores.value_or(kNothing) / limit->value() *
                                            100;
                                   });
                                 })},
                {.name = "by the line",
                 .values = Drawn(most,
                                 [&](double load) {
                                   const double percent = cpu_share(load) * 100;
                                   return load < seen || percent > 120 ? kNothing : percent;
                                 })}},
      .divider = divider,
      .along = axis};
  cpu.bands = EstimateBand(found, most, std::max(cpu.Highest(), 1e-3));
  charts.push_back(std::move(cpu));
  return charts;
}

}  // namespace loadcurve
