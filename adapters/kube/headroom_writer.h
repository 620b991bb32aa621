#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "adapters/kube/api_discovery.h"
#include "adapters/kube/headroom_manifest.h"
#include "adapters/kube/kube_client.h"
#include "base/clock.h"
#include "base/result.h"
#include "scaler/capacity/capacity_profile.h"
#include "scaler/workload_status.h"

namespace loadcurve::kube {

// Keeps the objects that ask for nodes ahead of workloads: one CapacityBuffer or one Deployment of
// placeholder pods each, applied by the server, labelled as ours and owned by the CapacityProfile.
// What somebody else made under that name is never touched. For the leader alone. Not thread-safe.
//
// Written when the count changes, and looked at again after five minutes, or half a minute where
// something was in the way.
class HeadroomWriter {
 public:
  // All outlive this.
  HeadroomWriter(KubeClient& client, ApiDiscovery& discovery, const Clock& clock);

  // How one workload's is kept.
  struct Kept {
    // Never kAuto. kCapacityBuffer, or kPlaceholderPods.
    capacity::AheadMethod by = capacity::AheadMethod::kCapacityBuffer;
    std::string problem{};  // what a person should see to, although it was written; empty: nothing
  };

  // So many of `order`, as `ahead` says. kPermissionDenied, kConflict (somebody else's),
  // kInvalidArgument and kNotFound name what is in the way; nothing else is written then.
  [[nodiscard]] Result<Kept> Keep(const HeadroomOrder& order,
                                  const capacity::NodesAheadSpec& ahead);

  // Ours of whatever workloads, from before this process too; those of which `is_wanted` is false
  // go. A CapacityBuffer is emptied first, and deleted at a call 15 seconds later: Karpenter 1.14
  // hears of no deletion, and holds the nodes of a buffer that it last saw with replicas until it
  // next has pods to place. Lists anew after Forget() and from then on only what was kept since.
  [[nodiscard]] Result<void> RemoveOthers(const std::function<bool(const ProfileKey&)>& is_wanted);

  // Another leader may have worked since.
  void Forget();

 private:
  struct Seen {
    Replicas replicas{};
    std::string owner_uid;
    Duration look_at{0};
    Duration first_at{0};
    Result<Kept> kept = Kept{};
  };

  [[nodiscard]] Result<capacity::AheadMethod> MethodFor(const capacity::NodesAheadSpec& ahead);
  [[nodiscard]] Result<Kept> Write(const HeadroomOrder& order,
                                   const capacity::NodesAheadSpec& ahead, const Seen& seen);
  [[nodiscard]] Result<nlohmann::json> Placeholders(const HeadroomOrder& order,
                                                    const std::string& image);
  [[nodiscard]] Result<void> RefuseIfForeign(const ResourcePath& path);
  [[nodiscard]] Result<void> FindOurs(capacity::AheadMethod method);
  [[nodiscard]] Result<void> Delete(capacity::AheadMethod method, const ProfileKey& workload);
  [[nodiscard]] Result<void> Remove(const ProfileKey& workload);
  // True once those who keep room for that buffer have seen it empty.
  [[nodiscard]] Result<bool> IsEmptied(const ProfileKey& workload);

  KubeClient& client_;
  ApiDiscovery& discovery_;
  const Clock& clock_;
  std::map<ProfileKey, Seen> seen_;
  bool has_found_ours_ = false;
  // What there is of each workload: written by this process, or found.
  std::map<ProfileKey, std::set<capacity::AheadMethod>> there_;
  std::map<ProfileKey, Duration> emptied_at_;  // of buffers that are still there
};

}  // namespace loadcurve::kube
