#include "scaler/capacity/pool_speeds.h"

#include <cmath>
#include <map>

namespace loadcurve::capacity {

InstanceSpeeds SpeedsTogether(std::span<const WorkloadSpeeds> workloads) {
  struct Cores {
    double asked = 0;
    double taken = 0;
  };
  std::map<std::string, Cores> cores;
  for (const WorkloadSpeeds& workload : workloads) {
    for (const auto& [family, speed] : workload.speeds) {
      cores[family].asked += workload.cores.value();
      cores[family].taken += workload.cores.value() / speed;
    }
  }
  InstanceSpeeds speeds;
  for (const auto& [family, sum] : cores) speeds[family] = sum.asked / sum.taken;
  return speeds;
}

InstanceSpeeds Settled(const InstanceSpeeds& before, InstanceSpeeds next) {
  constexpr double kALittle = 0.03;
  for (auto& [family, speed] : next) {
    const auto known = before.find(family);
    if (known != before.end() && std::abs(speed / known->second - 1) < kALittle)
      speed = known->second;
  }
  return next;
}

std::vector<CapacityOffer> WithSpeeds(std::vector<CapacityOffer> pools,
                                      const InstanceSpeeds& speeds) {
  for (CapacityOffer& pool : pools) {
    if (pool.speed != 1) continue;
    const auto of_type = SpeedOf(speeds, pool.instance_type);
    pool.speed = (of_type ? of_type : SpeedOf(speeds, pool.family)).value_or(1);
  }
  return pools;
}

}  // namespace loadcurve::capacity
