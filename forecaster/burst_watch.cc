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
// And not beyond 1.5 times the highest: one burst tells little of how high the next one may be.
constexpr double kMostBeyondHighest = 0.4;

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
  const bool goes_on = !bursts_.empty() && bursts_.back().last + 1 == now_;
  if (last_.size() >= kFewestSteps && (goes_on || log_load > foretold) &&
      log_load > MedianOf(last_) + kLeastHeight) {
    if (!goes_on) bursts_.push_back({now_, now_, log_load});
    bursts_.back().last = now_;
    bursts_.back().log_load = std::max(bursts_.back().log_load, log_load);
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
  std::vector<double> sorted;
  for (const Burst& burst : bursts_) sorted.push_back(burst.log_load);
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  TailQuantiles loads{};
  for (std::size_t i = 0; i < loads.size(); ++i) {
    // n loads part what is to come into n + 1 equal shares.
    const double place = std::max(0.0, kTailLevels[i] * (n + 1) - 1);
    const auto below = static_cast<std::size_t>(place);
    if (below + 1 < sorted.size())
      loads[i] = std::lerp(sorted[below], sorted[below + 1], place - static_cast<double>(below));
    else
      loads[i] =
          sorted.back() + std::clamp(-kBeyondHighest * std::log((1 - kTailLevels[i]) * (n + 1)),
                                     0.0, kMostBeyondHighest);
  }
  return loads;
}

}  // namespace loadcurve
