#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/kube/watch_machine.h"

namespace loadcurve::kube {

// In which zones volumes are, kept up to date by two KubeWatches. Thread-safe.
class VolumeIndex {
 public:
  // For a KubeWatch of kPersistentVolumeClaims, and one of kPersistentVolumes.
  void OnClaim(const WatchEvent& event);
  void OnVolume(const WatchEvent& event);

  // The zones in which replicas that mount these claims may stand: each where all of its volumes
  // are, and any of them. Empty: in any, since one replica has no volume that is bound and in a
  // zone.
  std::vector<std::string> ZonesOf(const std::string& namespace_name,
                                   const std::set<std::vector<std::string>>& claims) const;

 private:
  using Zones = std::optional<std::set<std::string>>;  // absent: any

  Zones ZonesOfReplica(const std::string& namespace_name,
                       const std::vector<std::string>& claims) const;

  mutable std::mutex mutex_;
  std::map<std::string, std::string> volume_of_;           // by claim, "namespace/name"
  std::map<std::string, std::set<std::string>> zones_of_;  // by volume; those in zones alone
};

}  // namespace loadcurve::kube
