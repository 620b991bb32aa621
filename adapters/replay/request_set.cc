#include "adapters/replay/request_set.h"

namespace loadcurve::replay {

Duration RequestSet::Period() const {
  const auto count = static_cast<Duration::rep>(arrivals.size());
  if (count == 0) return Duration(0);
  const Duration span = arrivals.back().at;
  if (span <= Duration(0)) return std::chrono::seconds(count);
  return span + span / (count - 1);
}

double RequestSet::MeanRate() const {
  if (arrivals.empty()) return 0;
  return static_cast<double>(arrivals.size()) / Seconds(Period());
}

std::vector<double> RequestSet::Mix() const {
  std::vector<double> shares(routes.size(), 0.0);
  for (const RecordedArrival& arrival : arrivals)
    shares[requests[arrival.request].route] += 1.0 / static_cast<double>(arrivals.size());
  return shares;
}

}  // namespace loadcurve::replay
