#include "metrics/capacity/revision_line.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

// Parts that are left out one by one, to see how far a line depends on them.
constexpr std::size_t kParts = 16;

// Of all windows but those of one part of `kParts`, one after the other in time; of all where
// `left_out` is beyond them. Absent where the CPU does not rise.
std::optional<LineFit> LineOf(const std::deque<ReplicaWindow>& windows, std::size_t left_out) {
  std::vector<double> load;
  std::vector<double> cores;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (i * kParts / windows.size() == left_out) continue;
    load.push_back(windows[i].load.value());
    cores.push_back(*windows[i].cpu_cores);
  }
  if (static_cast<Eigen::Index>(load.size()) < kFewestWindows) return std::nullopt;
  const auto vector = [](const std::vector<double>& values) {
    return Eigen::Map<const Eigen::VectorXd>(values.data(),
                                             static_cast<Eigen::Index>(values.size()));
  };
  const LineFit line = FitLine(vector(load), vector(cores));
  if (!(line.factor > 0)) return std::nullopt;
  return line;
}

}  // namespace

std::optional<RevisionLine> RevisionLine::Of(const std::deque<ReplicaWindow>& windows) {
  const auto line = LineOf(windows, kParts);
  if (!line) return std::nullopt;
  RevisionLine known{.revision = windows.front().revision, .line = *line};
  for (std::size_t part = 0; part < kParts; ++part)
    if (const auto other = LineOf(windows, part)) known.others.push_back(*other);
  std::vector<double> offsets;
  for (const ReplicaWindow& window : windows) offsets.push_back(known.OffsetOf(window));
  known.noise = CpuNoise(offsets);
  known.windows = windows.size();
  return known;
}

double RevisionLine::OffsetOf(const ReplicaWindow& window) const {
  const double expected = line.idle + line.factor * window.load.value();
  return expected > 0 ? std::log(*window.cpu_cores / expected) : 0;
}

double RevisionLine::ErrorAt(double load) const {
  double sum = 0;
  double squares = 0;
  for (const LineFit& other : others) {
    const double value = std::log(other.idle + other.factor * load);
    sum += value;
    squares += value * value;
  }
  const auto n = static_cast<double>(others.size());
  if (others.empty()) return 1;
  return std::sqrt(std::max(0.0, (squares - sum * sum / n) * (n - 1) / n));
}

}  // namespace loadcurve
