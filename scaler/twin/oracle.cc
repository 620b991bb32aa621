#include "scaler/twin/oracle.h"

#include <algorithm>
#include <cmath>

#include "scaler/twin/counting.h"

namespace loadcurve::twin {

std::vector<Replicas> OracleCounts(std::span<const double> demand, std::size_t startup_steps) {
  std::vector<Replicas> counts;
  counts.reserve(demand.size());
  for (std::size_t step = 0; step < demand.size(); ++step) {
    Replicas count(1);
    for (std::size_t at = step; at < std::min(step + startup_steps + 1, demand.size()); ++at)
      if (!std::isnan(demand[at])) count = std::max(count, CountFor(demand[at]));
    counts.push_back(count);
  }
  return counts;
}

}  // namespace loadcurve::twin
