#include "scaler/capacity/spot/demand_rises.h"

#include <algorithm>
#include <cmath>

namespace loadcurve::capacity {
namespace {

// The level is a mean that forgets by a factor of e in so many seconds.
constexpr double kLevelMemory = 1500;
constexpr double kDay = 86400;

// How far a demand goes from its level is counted in steps that grow as noise of counts does.
double StepAt(double level) {
  return std::sqrt(std::max(level, 1.0)) / 32;
}

}  // namespace

void DemandRises::Observe(Duration now, std::int64_t demand) {
  double level = static_cast<double>(demand);
  if (!recent_.empty()) {
    const double passed = Seconds(now - recent_.back().at);
    const double kept = std::exp(-passed / kDay);
    for (auto& [step, count] : gone_) count *= kept;
    all_ = kept * all_ + 1;
    level += std::exp(-passed / kLevelMemory) * (recent_.back().level - level);
  }
  recent_.push_back({now, demand, level});
  while (recent_.size() > 2 && recent_[1].at <= now - boot_) recent_.pop_front();
  if (recent_.size() < 2) return;
  const double before = recent_.front().level;
  gone_[std::lround((static_cast<double>(demand) - before) / StepAt(before))] += 1;
}

std::vector<DemandRise> DemandRises::Expected() const {
  std::vector<DemandRise> rises;
  if (all_ <= 0) return rises;
  const Seen& now = recent_.back();
  std::map<std::int64_t, double> counts;  // by rise
  for (const auto& [steps, count] : gone_) {
    const double to = now.level + static_cast<double>(steps) * StepAt(now.level);
    counts[std::lround(to) - now.demand] += count;
  }
  // A rise is seen from each observation within a boot, and happens once in it.
  const double span = std::max(Seconds(boot_), Seconds(now.at - recent_.front().at));
  for (const auto& [nodes, count] : counts)
    if (nodes > 0 && count > 1e-6 * all_ && span > 0) rises.push_back({count / all_ / span, nodes});
  return rises;
}

}  // namespace loadcurve::capacity
