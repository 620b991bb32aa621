#include "scaler/capacity/spot/demand_rises.h"

#include <algorithm>
#include <cmath>

namespace loadcurve::capacity {

void DemandRises::Observe(Duration now, std::int64_t demand) {
  if (!recent_.empty()) {
    const double kept = std::exp(-Seconds(now - recent_.back().first) / 86400);
    for (auto& [rise, count] : counts_) count *= kept;
    all_ = kept * all_ + 1;
  }
  recent_.emplace_back(now, demand);
  while (recent_.size() > 2 && recent_[1].first <= now - boot_) recent_.pop_front();
  const std::int64_t rise = demand - recent_.front().second;
  if (rise > 0) counts_[rise] += 1;
}

std::vector<DemandRise> DemandRises::Expected() const {
  std::vector<DemandRise> rises;
  if (all_ <= 0) return rises;
  // A rise is seen from each observation within a boot, and happens once in it.
  const double span =
      std::max(Seconds(boot_), Seconds(recent_.back().first - recent_.front().first));
  for (const auto& [nodes, count] : counts_)
    if (count > 1e-6 * all_ && span > 0) rises.push_back({count / all_ / span, nodes});
  return rises;
}

}  // namespace loadcurve::capacity
