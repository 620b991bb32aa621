#include "scaler/replica_target.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace loadcurve {
namespace {

constexpr double kMostReplicas = 1e6;
constexpr double kRoundingError = 1e-9;

Result<Replicas> CeilingOf(double load, double per_replica, double utilization) {
  if (!(load >= 0) || !std::isfinite(load))
    return Fail(ErrorCode::kInvalidArgument,
                "the load is " + std::to_string(load) + "; expected a finite number >= 0");
  if (!(per_replica > 0) || !std::isfinite(per_replica))
    return Fail(ErrorCode::kInvalidArgument, "the load per replica is " +
                                                 std::to_string(per_replica) +
                                                 "; expected a finite number > 0");
  if (!(utilization > 0) || utilization > 1)
    return Fail(ErrorCode::kInvalidArgument, "the target utilization is " +
                                                 std::to_string(utilization) +
                                                 "; expected a number in (0, 1]");
  const double exact = load / (per_replica * utilization);
  const double whole = std::ceil(exact * (1 - kRoundingError));
  return Replicas(static_cast<std::int64_t>(std::min(whole, kMostReplicas)));
}

}  // namespace

Result<Replicas> ReplicasFor(MetricsQps load, MetricsQps per_replica, Ratio target_utilization) {
  return CeilingOf(load.value(), per_replica.value(), target_utilization.value());
}

Result<Replicas> ReplicasFor(BusySlots load, BusySlots per_replica, Ratio target_utilization) {
  return CeilingOf(load.value(), per_replica.value(), target_utilization.value());
}

}  // namespace loadcurve
