#include "scaler/capacity/headroom_share.h"

#include <algorithm>
#include <cmath>

namespace loadcurve::capacity {
namespace {

// The share of a node that a replica takes; above 1 where it does not fit.
double ShareOf(const NodeResources& replica, const NodeResources& node) {
  const auto part = [](double of, double all) {
    if (of <= 0) return 0.0;
    return all > 0 ? of / all : 2.0;
  };
  return std::max(
      {part(replica.cpu.value(), node.cpu.value()),
       part(static_cast<double>(replica.memory.value()), static_cast<double>(node.memory.value())),
       part(static_cast<double>(replica.pods), static_cast<double>(node.pods))});
}

}  // namespace

std::optional<UsdPerHour> ReplicaHourOn(std::span<const CapacityOffer> pools,
                                        const NodeResources& replica) {
  std::optional<UsdPerHour> least;
  for (const CapacityOffer& pool : pools) {
    const double share = ShareOf(replica, pool.allocatable);
    if (share > 1) continue;
    const UsdPerHour price = pool.price * share;
    if (!least || price < *least) least = price;
  }
  return least;
}

UsdPerHour CostOf(std::span<const HeadroomAsk> asks) {
  UsdPerHour cost;
  for (const HeadroomAsk& ask : asks)
    if (ask.replica_hour) cost += *ask.replica_hour * static_cast<double>(ask.replicas.value());
  return cost;
}

std::vector<Replicas> WithinLimits(std::span<const HeadroomAsk> asks,
                                   const HeadroomLimits& limits) {
  std::vector<HeadroomAsk> allowed(asks.begin(), asks.end());
  for (HeadroomAsk& ask : allowed)
    if (limits.replicas) ask.replicas = std::min(ask.replicas, *limits.replicas);
  const UsdPerHour cost = CostOf(allowed);
  const double share = limits.cost && cost > *limits.cost ? *limits.cost / cost : 1;
  std::vector<Replicas> replicas;
  for (const HeadroomAsk& ask : allowed) {
    constexpr double kRoundingError = 1e-9;
    const auto wanted = static_cast<double>(ask.replicas.value());
    replicas.push_back(
        share < 1 && ask.replica_hour
            ? Replicas(static_cast<std::int64_t>(std::floor(wanted * share * (1 + kRoundingError))))
            : ask.replicas);
  }
  return replicas;
}

}  // namespace loadcurve::capacity
