#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/kube/api_discovery.h"
#include "adapters/kube/capacity_profile_store.h"
#include "adapters/kube/capacity_status_writer.h"
#include "adapters/kube/event_recorder.h"
#include "adapters/kube/headroom_writer.h"
#include "adapters/kube/kube_client.h"
#include "adapters/kube/profile_store.h"
#include "base/clock.h"
#include "cmd/ahead_status.h"
#include "cmd/fault_log.h"
#include "cmd/node_fleets.h"
#include "cmd/serve_loop.h"
#include "scaler/capacity/node_headroom.h"

namespace loadcurve {

// Nodes ordered ahead of the load, for the workloads that CapacityProfiles select: how many are
// needed is the loop's NeedAhead and NodeHeadroom; here it is shared out within the limits, told,
// and where a profile says Act, written. A workload that several select belongs to the first by
// name. For the leader alone. Not thread-safe.
class NodesAhead {
 public:
  // By `client` all is written, under the name `identity`. What is referred to outlives it.
  // Where a profile says who sells nodes, `fleets` are told what is needed in place of that.
  NodesAhead(kube::KubeClient& client, kube::ApiDiscovery& discovery, const std::string& identity,
             NodeFleets& fleets, const Clock& clock);

  // Another led in between: what we wrote may be there no longer.
  void Forget();

  // Before a step of the loop: whom to look ahead for, and how far.
  void Prepare(const kube::CapacityProfileStore::Profiles& capacities,
               const kube::ProfileStore::Profiles& workloads, ServeLoop& loop);

  // After it. Writes for as long as `may_go_on`.
  void Write(const ServeLoop& loop, const std::function<bool()>& may_go_on);

 private:
  struct Member {
    std::shared_ptr<const kube::StoredProfile> stored;
    ScalingProfile profile;
    ProfileKey key;
  };
  // A CapacityProfile in force, and whom it has.
  struct Group {
    std::shared_ptr<const kube::StoredCapacityProfile> stored;
    std::optional<capacity::CapacityProfile> profile;  // absent: it was never readable
    std::vector<Member> members{};
    capacity::PoolShare share{};  // of a profile that buys

    bool Buys() const { return profile && profile->fields().provider; }
  };
  void Look(const Group& group, const ServeLoop& loop, AheadFindings& findings);
  void LookAt(const Group& group, const Member& member, const ServeLoop& loop,
              AheadFindings& findings);
  std::vector<std::string> VolumeZonesOf(const ProfileKey& key,
                                         const ScaleObservation& observed) const;
  void ShareOut(const Group& group, AheadFindings& findings);
  void Order(const Group& group, AheadFindings& findings, const std::function<bool()>& may_go_on);
  void ShareOutPools();
  InstanceSpeeds SpeedsFor(const Group& group) const;
  FleetOrder OrderOf(const Group& group, const AheadFindings& findings) const;
  void TellOfFleet(const Group& group, kube::CapacityProfileStatus& status) const;
  void Tell(const Group& group, const Member& member, const kube::WorkloadAhead& ahead);
  void WriteStatus(const Group& group, AheadFindings findings);

  const Clock& clock_;
  NodeFleets& fleets_;
  kube::EventRecorder events_;
  kube::HeadroomWriter writer_;
  kube::CapacityStatusWriter statuses_;
  std::vector<Group> groups_;
  std::map<ProfileKey, capacity::NodeHeadroom> headrooms_;
  std::map<std::string, InstanceSpeeds> speeds_;  // by CapacityProfile
  std::set<ProfileKey> wanted_;                   // whose objects stay
  std::map<ProfileKey, Replicas> told_;
  FaultLog faults_;
};

}  // namespace loadcurve
