#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>

#include "adapters/kube/api_discovery.h"
#include "adapters/kube/event_recorder.h"
#include "adapters/kube/hpa_manifest.h"
#include "adapters/kube/kube_client.h"
#include "adapters/kube/profile_store.h"
#include "base/clock.h"

namespace loadcurve::kube {

// Keeps the HPA of each profile that says managedHPA: what `loadcurve hpa` writes, applied by the
// server, owned by the profile so that it goes with it. An HPA that somebody else made, of that
// name or on that target, is never touched. For the leader alone. Not thread-safe.
//
// Looked at when the profile changes, and again after five minutes, or half a minute where
// something was in the way. A profile that turned it off loses only what is owned by it.
class ManagedHpa {
 public:
  // All outlive this.
  ManagedHpa(KubeClient& client, ApiDiscovery& discovery, EventRecorder& events,
             const Clock& clock);

  // The condition ManagedHPA; absent where the profile has no such HPA and wants none.
  // `may_have`: false where the target is another profile's, or counts are set without an HPA.
  // `is_paused`: the HPA stays, and moves nothing.
  std::optional<ProfileCondition> Sync(const StoredProfile& stored, bool may_have,
                                       bool is_paused = false);

  // Another leader may have worked since.
  void Forget();

 private:
  struct Seen {
    std::int64_t generation = -1;
    bool is_wanted = false;
    bool is_paused = false;
    Duration look_at{0};
    std::optional<ProfileCondition> condition{};
  };
  // The HPAs of the namespace, by what they are to the profile.
  struct Found {
    std::string own;  // name; empty: none
    std::string own_uid{};
    std::string foreign;  // name of one in the way; empty: none
  };

  [[nodiscard]] Result<ProfileCondition> Keep(const StoredProfile& stored, bool is_paused);
  [[nodiscard]] Result<void> Remove(const StoredProfile& stored);
  [[nodiscard]] Result<Found> Look(const StoredProfile& stored);
  [[nodiscard]] Result<HpaOptions> OptionsFor(const ScalingProfile& profile, std::string& no_cpu);
  [[nodiscard]] Result<void> FindOwned();
  void Tell(const StoredProfile& stored, const std::string& reason, const std::string& note);

  KubeClient& client_;
  ApiDiscovery& discovery_;
  EventRecorder& events_;
  const Clock& clock_;
  std::map<std::string, Seen> seen_;             // by uid of the profile
  std::optional<std::set<std::string>> owners_;  // uids of profiles that own an HPA of ours
  std::optional<KubernetesVersion> version_;
  Duration version_at_{0};
};

}  // namespace loadcurve::kube
