#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "base/workload.h"
#include "metrics/load_sample.h"
#include "scaler/adopted_calibration.h"
#include "scaler/capacity_report.h"
#include "scaler/evidence.h"
#include "scaler/parked_capacity.h"
#include "scaler/replica_decision.h"
#include "scaler/rollout_state.h"
#include "scaler/scale_target.h"
#include "scaler/sizing_advice.h"
#include "scaler/speed_report.h"

namespace loadcurve {

// Which profile: unique in a cluster.
struct ProfileKey {
  std::string namespace_name;  // empty outside a cluster
  std::string name;

  auto operator<=>(const ProfileKey&) const = default;
};

// "shop/checkout", or "checkout" outside a cluster.
inline std::string ToString(const ProfileKey& key) {
  return key.namespace_name.empty() ? key.name : key.namespace_name + "/" + key.name;
}

// What is known of one workload after a step of the loop: what those read who serve it,
// write it to a cluster or show it.
struct WorkloadStatus {
  ProfileKey profile;
  WorkloadId workload;
  TimePoint at;                           // when the step was made
  Duration step{0};                       // the length of a window
  std::string weights_version;            // the scale of all loads below
  bool counts_requests = true;            // false: the load is that of a queue, or told as such
  std::optional<LoadSample> latest;       // the latest window that was measured whole
  std::optional<MetricsQps> forecast;     // the profile's quantile when a new replica is ready
  std::string forecast_model;             // "blend"; empty without a forecast
  std::optional<MetricsQps> per_replica;  // what one replica carries at the target utilization
  // What a replica counts for in the mean, of what the profile says; 1 where all are the same.
  double replica_speed = 1;
  std::optional<ScaleObservation> observed;
  std::optional<ReplicaDecision> decision;
  // Absent where the profile asks for none.
  std::optional<CalibrationReport> calibration;
  // Absent where the profile's capacity is not watched.
  std::optional<CapacityReport> capacity;
  // Absent where the profile does not ask how fast instances are.
  std::optional<SpeedReport> speeds{};
  // Absent where the profile's scale-in is not watched.
  std::optional<ParkedState> parked{};
  // Absent where the profile asks for none.
  std::optional<SizingAdvice> advice{};
  Evidence evidence{};  // what the latest windows are worth
  Ratio coverage{0};    // share of the replicas heard of; 0 where none was asked
  // The share by which the load falls at this time of the day; 0 where that is not known.
  Ratio usual_fall{0};
  // Absent where the profile's decisions are simply followed.
  std::optional<RolloutState> rollout{};
  // Why the fleet's brake holds the count; empty where it does not.
  std::string why_braked{};
  // Why the count is held as it is, whatever is needed; empty where it is not.
  std::string why_paused;
  // In direct mode: why the count could not be set as decided; absent where it was.
  std::optional<Error> not_applied;
  // What went wrong in this step, the most important first; empty where nothing did.
  std::vector<Error> problems;
};

}  // namespace loadcurve
