#include "metrics/capacity/load_levels.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "metrics/block_bootstrap.h"

namespace loadcurve {
namespace {

constexpr std::size_t kMostLevels = 20;
constexpr std::size_t kFewestWindows = 3;

std::uint64_t Whole(double count) {
  return static_cast<std::uint64_t>(std::max(0.0, std::round(count)));
}

}  // namespace

LoadLevel LevelOf(std::span<const ReplicaWindow> windows, std::vector<std::size_t> indices) {
  LoadLevel level;
  double cpu = 0;
  std::size_t with_cpu = 0;
  std::vector<double> tails;
  for (const std::size_t i : indices) {
    const ReplicaWindow& window = windows[i];
    level.load += window.load;
    level.rate += window.rate;
    level.held += window.held;
    level.replicas += window.replicas;
    tails.push_back(window.tail_seconds);
    if (!window.cpu_cores) continue;
    cpu += *window.cpu_cores;
    ++with_cpu;
  }
  const auto n = static_cast<double>(indices.size());
  level.load = level.load / n;
  level.rate /= n;
  level.held /= n;
  level.replicas /= n;
  level.mean_seconds = level.rate > 0 ? level.held / level.rate : 0;
  level.tail_seconds = QuantileOf(std::move(tails), 0.5);
  if (with_cpu > 0) level.cpu_cores = cpu / static_cast<double>(with_cpu);
  level.windows = std::move(indices);
  return level;
}

std::vector<LoadLevel> LoadLevelsOf(std::span<const ReplicaWindow> windows) {
  if (windows.empty()) return {};
  const auto [least, most] = std::minmax_element(
      windows.begin(), windows.end(),
      [](const ReplicaWindow& a, const ReplicaWindow& b) { return a.load < b.load; });
  const double low = least->load.value();
  const double width = (most->load.value() - low) / static_cast<double>(kMostLevels);
  std::vector<std::vector<std::size_t>> members(kMostLevels);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const double at = width > 0 ? (windows[i].load.value() - low) / width : 0;
    members[std::min(static_cast<std::size_t>(at), kMostLevels - 1)].push_back(i);
  }
  std::vector<std::vector<std::size_t>> joined;
  for (std::vector<std::size_t>& some : members) {
    if (some.empty()) continue;
    const bool joins =
        !joined.empty() && (some.size() < kFewestWindows || joined.back().size() < kFewestWindows);
    if (!joins) joined.emplace_back();
    joined.back().insert(joined.back().end(), some.begin(), some.end());
  }
  std::vector<LoadLevel> levels;
  for (std::vector<std::size_t>& some : joined) {
    std::sort(some.begin(), some.end());
    levels.push_back(LevelOf(windows, std::move(some)));
  }
  return levels;
}

RampStep StepOf(std::span<const ReplicaWindow> windows, const LoadLevel& level,
                double load_of_request, Ratio allowed_late) {
  RampStep step{.purpose = StepPurpose::kGrow,
                .verdict = StepVerdict::kGood,
                .rate = level.load.value() / load_of_request};
  for (const std::size_t i : level.windows) {
    const ReplicaWindow& window = windows[i];
    RampInterval interval{.from = window.from,
                          .to = window.to,
                          .mean_seconds = window.rate > 0 ? window.held / window.rate : 0,
                          .quantile_seconds = window.tail_seconds,
                          .mean_in_flight = window.held};
    ReplicaInterval replica;
    replica.scheduled = replica.answered = Whole(window.rate * window.Length());
    replica.ended = Whole(window.ended);
    replica.late = Whole(window.late);
    replica.use.cpu_cores = window.cpu_cores;
    interval.replicas.push_back(replica);
    step.intervals.push_back(std::move(interval));
  }
  if (step.Late().Low() > allowed_late.value()) step.verdict = StepVerdict::kLate;
  return step;
}

}  // namespace loadcurve
