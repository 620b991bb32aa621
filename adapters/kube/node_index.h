#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kube/watch_machine.h"
#include "scaler/capacity/fleet/cluster_nodes.h"

namespace loadcurve::kube {

// What Loadcurve puts on a node that it takes out of service.
inline constexpr std::string_view kLeavingTaint = "loadcurve.dev/leaving";
inline constexpr std::string_view kLeavesAt = "loadcurve.dev/leaves-at";  // annotation, RFC 3339
// What anybody may put on a node to say when it ends: an annotation, RFC 3339.
inline constexpr std::string_view kEndsAt = "loadcurve.dev/ends-at";

// The node in an object of the API server, without its pods. Its id is the last part of
// spec.providerID, and its name where that is empty. It tells of its end by the annotation kEndsAt
// and by the taints that AWS' node termination handler and GKE put on it.
capacity::ClusterNode ClusterNodeFrom(const nlohmann::json& object);

// All nodes with their pods, kept up to date by two KubeWatches. Thread-safe.
class NodeIndex {
 public:
  // For a KubeWatch of kNodes, and one of kPods.
  void OnNode(const WatchEvent& event);
  void OnPod(const WatchEvent& event);

  // False until all nodes are known once.
  bool is_synced() const;

  std::vector<capacity::ClusterNode> All() const;

  // Of a pod by "namespace/name" on that node; absent where it is not there any more.
  std::optional<std::string> UidOf(const std::string& node, const std::string& pod) const;

 private:
  struct PodOnNode {
    std::string uid;
    capacity::DrainPod pod;
  };

  void Drop(const std::string& pod);

  mutable std::mutex mutex_;
  std::map<std::string, capacity::ClusterNode> nodes_;            // by name
  std::map<std::string, std::map<std::string, PodOnNode>> pods_;  // by node, by name
  std::map<std::string, std::string> node_of_;                    // by pod
  bool is_synced_ = false;
};

}  // namespace loadcurve::kube
