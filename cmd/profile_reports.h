#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "adapters/external_metrics/metric_board.h"
#include "adapters/kube/api_discovery.h"
#include "adapters/kube/event_recorder.h"
#include "adapters/kube/kube_client.h"
#include "adapters/kube/managed_hpa.h"
#include "adapters/kube/profile_store.h"
#include "adapters/kube/status_writer.h"
#include "base/clock.h"
#include "cmd/fault_log.h"
#include "scaler/decision_board.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// What the leader writes back into the cluster about each profile: its status, its Events, and
// the HPA that it asked us to keep. Not thread-safe.
class ProfileReports {
 public:
  // By `client` all is written, under the name `identity`. A profile that `is_direct` has no HPA.
  // What is referred to outlives it.
  ProfileReports(kube::KubeClient& client, kube::ApiDiscovery& discovery, std::string identity,
                 external_metrics::MetricBoard& metrics, const Clock& clock,
                 std::function<bool(const ScalingProfile&)> is_direct);

  // Another led in between: what we wrote may be there no longer.
  void Forget();

  // Profiles whose targets another one rules, and who: readers of their metrics are told so.
  void UseRivals(const std::map<ProfileKey, std::string>& rivals);

  // Writes what has changed, for as long as `may_go_on`.
  void Write(const kube::ProfileStore::Profiles& stored, const DecisionBoard& decisions,
             const std::function<bool()>& may_go_on);

 private:
  std::optional<kube::ProfileStatus> StatusOf(const kube::StoredProfile& profile,
                                              const DecisionBoard& decisions) const;
  void WriteOne(const kube::StoredProfile& profile, const DecisionBoard& decisions);

  const Clock& clock_;
  external_metrics::MetricBoard& metrics_;
  const std::function<bool(const ScalingProfile&)> is_direct_;
  kube::EventRecorder events_;
  kube::StatusWriter writer_;
  kube::ManagedHpa hpas_;
  std::map<ProfileKey, std::string> rivals_;  // and who rules their targets
  std::size_t first_ = 0;
  FaultLog faults_;
};

}  // namespace loadcurve
