#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/kube/kube_client.h"
#include "adapters/kube/node_index.h"
#include "adapters/kube/volume_index.h"
#include "base/clock.h"
#include "cmd/node_fleet.h"

namespace loadcurve {

// The fleets of all CapacityProfiles that buy nodes, in threads of their own, and what they know of
// the cluster. Thread-safe.
class NodeFleets {
 public:
  // By `client` all is written, while `token` gives one. Both outlive it.
  NodeFleets(kube::KubeClient& client, NodeFleet::LeaderToken token, const Clock& clock);

  // Of watches of all nodes and pods, of all claims of volumes, and of all volumes.
  void OnNode(const kube::WatchEvent& event) { nodes_.OnNode(event); }
  void OnPod(const kube::WatchEvent& event) { nodes_.OnPod(event); }
  void OnClaim(const kube::WatchEvent& event) { volumes_.OnClaim(event); }
  void OnVolume(const kube::WatchEvent& event) { volumes_.OnVolume(event); }
  const kube::VolumeIndex& volumes() const { return volumes_; }
  // Whether a profile wants to know of nodes at all.
  bool WantsNodes() const { return wants_nodes_; }

  // After each step of the loop: all that buy. Who is not among them is told to end; the next call
  // waits for that.
  void Use(std::vector<FleetOrder> orders);
  // All end.
  void End();
  // Of that profile; absent before it was looked at.
  std::optional<FleetReport> ReportOf(const std::string& profile_name) const;

 private:
  struct Member {
    std::unique_ptr<NodeFleet> fleet;
    std::jthread run;
    std::jthread notices;
  };

  kube::KubeClient& client_;
  NodeFleet::LeaderToken token_;
  const Clock& clock_;
  kube::NodeIndex nodes_;
  kube::VolumeIndex volumes_;
  std::atomic<bool> wants_nodes_ = false;

  mutable std::mutex mutex_;
  std::map<std::string, Member> members_;  // by profile
  std::vector<Member> ending_;             // of whoever calls Use()
};

}  // namespace loadcurve
