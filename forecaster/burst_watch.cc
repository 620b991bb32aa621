#include "forecaster/burst_watch.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace loadcurve {
namespace {

constexpr double kLeastHeight = std::numbers::ln2;  // twice the usual load
constexpr std::size_t kUsualSteps = 15;
constexpr std::size_t kFewestSteps = 5;
constexpr double kMostChance = 0.5;
// Beyond the highest that was seen: e^0.3 for each e times as seldom.
constexpr double kBeyondHighest = 0.3;

double MedianOf(const std::deque<double>& values) {
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

}  // namespace

void BurstWatch::Observe(double log_load, double foretold) {
  ++now_;
  while (!bursts_.empty() && bursts_.front().at + remembered_ < now_) bursts_.pop_front();
  if (last_.size() >= kFewestSteps) {
    usual_ = MedianOf(last_);
    const double height = log_load - usual_;
    if (height > kLeastHeight && log_load > foretold) bursts_.push_back({now_, height});
  }
  last_.push_back(log_load);
  if (last_.size() > kUsualSteps) last_.pop_front();
}

double BurstWatch::Chance(std::size_t ahead) const {
  if (bursts_.empty()) return 0;
  const auto steps = static_cast<double>(now_ - bursts_.front().at + 1 + ahead);
  return std::min(kMostChance, static_cast<double>(bursts_.size()) / (steps + 1));
}

TailQuantiles BurstWatch::Loads() const {
  std::vector<double> heights;
  for (const Burst& burst : bursts_) heights.push_back(burst.height);
  std::sort(heights.begin(), heights.end());
  const auto n = static_cast<double>(heights.size());
  TailQuantiles loads{};
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const double rank = std::max(0.0, kTailLevels[i] * (n + 1) - 1);
    const auto below = std::min(static_cast<std::size_t>(rank), heights.size() - 1);
    const auto above = std::min(below + 1, heights.size() - 1);
    const double share = rank - static_cast<double>(below);
    loads[i] =
        usual_ + (above > below
                      ? heights[below] + share * (heights[above] - heights[below])
                      : heights[below] - kBeyondHighest * std::log((1 - kTailLevels[i]) * (n + 1)));
  }
  for (std::size_t i = 1; i < loads.size(); ++i) loads[i] = std::max(loads[i], loads[i - 1]);
  return loads;
}

}  // namespace loadcurve
