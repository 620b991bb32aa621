#include "metrics/capacity/production_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "metrics/block_bootstrap.h"
#include "metrics/capacity/slot_queue.h"

namespace loadcurve {
namespace {

constexpr double kSaturatedShare = 0.95;
constexpr double kMegabyte = 1e6;

// The share of the CPU limit that a replica uses at a load.
double CpuShareAt(const LineFit& line, double load, double limit) {
  return (line.idle + line.factor * load) / limit;
}

double ServersOf(double limit) {
  constexpr double kAlmost = 0.05;
  return std::max(1.0, std::floor(limit + kAlmost));
}

Eigen::VectorXd VectorOf(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

// Absent where the windows are too few or what is used does not rise with the load.
std::optional<LineFit> RisingLine(const std::vector<double>& loads,
                                  const std::vector<double>& used) {
  if (static_cast<Eigen::Index>(loads.size()) < kFewestWindows) return std::nullopt;
  const LineFit line = FitLine(VectorOf(loads), VectorOf(used));
  if (!(line.factor > 0)) return std::nullopt;
  return line;
}

std::vector<TailPoint> PointsOf(const std::vector<LoadLevel>& levels, double full_load,
                                double LoadLevel::*seconds) {
  std::vector<TailPoint> points;
  for (const LoadLevel& level : levels) {
    const double share = level.load.value() / full_load;
    if (share < 1 && level.*seconds > 0) points.push_back({share, level.*seconds});
  }
  return points;
}

}  // namespace

ProductionFitter::ProductionFitter(std::span<const ReplicaWindow> windows,
                                   std::span<const LoadLevel> levels, const ReplicaLimits& limits,
                                   double load_of_request)
    : windows_(windows),
      levels_(levels),
      limits_(limits),
      load_of_request_(load_of_request),
      level_of_window_(windows.size()) {
  for (std::size_t level = 0; level < levels.size(); ++level)
    for (const std::size_t window : levels[level].windows) level_of_window_[window] = level;
}

ProductionFit ProductionFitter::Fit() const {
  std::vector<std::ptrdiff_t> rows(windows_.size());
  std::iota(rows.begin(), rows.end(), 0);
  return FitRows(rows, true);
}

ProductionFit ProductionFitter::FitRows(const std::vector<std::ptrdiff_t>& rows,
                                        bool has_scalability) const {
  const std::vector<LoadLevel> levels = LevelsOf(rows);
  ProductionFit fit{.cpu = CpuLine(rows), .memory = MemoryLine(rows)};
  if (fit.cpu && limits_.cpu) AddCpu(levels, fit);
  fit.light_seconds = LightSeconds(levels, fit);
  if (limits_.slots && std::isfinite(*limits_.slots) && fit.light_seconds > 0)
    fit.slots_load = load_of_request_ * RateWithin({*limits_.slots, fit.light_seconds},
                                                   limits_.target_seconds, limits_.allowed_late);
  if (fit.memory && limits_.memory) {
    const double limit = static_cast<double>(limits_.memory->value()) / kMegabyte;
    fit.memory_load = std::max(0.0, (limit - fit.memory->idle) / fit.memory->factor);
  }
  if (has_scalability) AddScalability(levels, fit);
  return fit;
}

std::vector<LoadLevel> ProductionFitter::LevelsOf(const std::vector<std::ptrdiff_t>& rows) const {
  std::vector<std::vector<std::size_t>> members(levels_.size());
  for (const std::ptrdiff_t row : rows) {
    const auto window = static_cast<std::size_t>(row);
    members[level_of_window_[window]].push_back(window);
  }
  std::vector<LoadLevel> levels;
  for (std::vector<std::size_t>& some : members)
    if (!some.empty()) levels.push_back(LevelOf(windows_, std::move(some)));
  return levels;
}

std::optional<LineFit> ProductionFitter::CpuLine(const std::vector<std::ptrdiff_t>& rows) const {
  std::vector<double> loads;
  std::vector<double> cores;
  for (const std::ptrdiff_t row : rows) {
    const ReplicaWindow& window = windows_[static_cast<std::size_t>(row)];
    if (!window.cpu_cores || window.is_throttled) continue;
    if (limits_.cpu && *window.cpu_cores >= kSaturatedShare * limits_.cpu->value()) continue;
    loads.push_back(window.load.value());
    cores.push_back(*window.cpu_cores);
  }
  return RisingLine(loads, cores);
}

std::optional<LineFit> ProductionFitter::MemoryLine(const std::vector<std::ptrdiff_t>& rows) const {
  std::vector<double> loads;
  std::vector<double> megabytes;
  for (const std::ptrdiff_t row : rows) {
    const ReplicaWindow& window = windows_[static_cast<std::size_t>(row)];
    if (!window.memory_bytes) continue;
    loads.push_back(window.load.value());
    megabytes.push_back(*window.memory_bytes / kMegabyte);
  }
  return RisingLine(loads, megabytes);
}

void ProductionFitter::AddCpu(const std::vector<LoadLevel>& levels, ProductionFit& fit) const {
  const double limit = limits_.cpu->value();
  fit.cpu_load = std::max(0.0, (limit - fit.cpu->idle) / fit.cpu->factor);
  std::vector<TailPoint> points;
  for (const LoadLevel& level : levels) {
    const double share = CpuShareAt(*fit.cpu, level.load.value(), limit);
    if (share < kSaturatedShare && level.tail_seconds > 0)
      points.push_back({share, level.tail_seconds});
  }
  if (points.empty()) return;
  fit.queue = FitQueueCurve(points, ServersOf(limit));
  const double share = fit.queue->ShareWithin(limits_.target_seconds);
  fit.cpu_knee = std::clamp((share * limit - fit.cpu->idle) / fit.cpu->factor, 0.0, fit.cpu_load);
}

double ProductionFitter::LightSeconds(const std::vector<LoadLevel>& levels,
                                      const ProductionFit& fit) const {
  if (fit.cpu_load > 0) {
    const auto points = PointsOf(levels, fit.cpu_load, &LoadLevel::mean_seconds);
    if (!points.empty())
      return FitQueueCurve(points, ServersOf(limits_.cpu->value())).light_seconds;
  }
  std::vector<double> light;
  const double most = levels.back().load.value();
  for (const LoadLevel& level : levels)
    if (level.load.value() <= most / 3 || light.empty()) light.push_back(level.mean_seconds);
  return QuantileOf(std::move(light), 0.5);
}

void ProductionFitter::AddScalability(const std::vector<LoadLevel>& levels,
                                      ProductionFit& fit) const {
  std::vector<RampStep> steps;
  for (const LoadLevel& level : levels)
    steps.push_back(StepOf(windows_, level, load_of_request_, limits_.allowed_late));
  fit.scalability = FitScalability(steps);
  if (!fit.scalability || !fit.scalability->most_rate) return;
  const double most = *fit.scalability->most_rate * load_of_request_;
  const auto points = PointsOf(levels, most, &LoadLevel::tail_seconds);
  if (points.empty()) return;
  fit.scalability_knee = most * FitQueueCurve(points, 1).ShareWithin(limits_.target_seconds);
}

bool ProductionFitter::QueuesElsewhere(const ProductionFit& fit) const {
  constexpr double kClearRise = 1.2;
  constexpr double kMostGrowth = 4;
  constexpr double kWellExplained = 0.06;
  const std::vector<LoadLevel> levels(levels_.begin(), levels_.end());
  double least = levels.front().tail_seconds;
  for (const LoadLevel& level : levels)
    if (level.load.value() < levels.back().load.value() / 2)
      least = std::min(least, level.tail_seconds);
  if (levels.back().tail_seconds < kClearRise * least) return false;
  if (!fit.queue) return true;
  if (fit.queue->growth > kMostGrowth) return true;
  if (fit.queue->error <= kWellExplained) return false;
  // The best of queues with one server that fill up at some load or other.
  constexpr double kStride = 1.1;
  const double most = levels.back().load.value();
  for (double full = most * 1.05; full < 0.8 * fit.cpu_load; full *= kStride) {
    const auto points = PointsOf(levels, full, &LoadLevel::tail_seconds);
    if (FitQueueCurve(points, 1).error < 0.6 * fit.queue->error) return true;
  }
  return false;
}

}  // namespace loadcurve
