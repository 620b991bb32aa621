#pragma once

#include <map>
#include <mutex>
#include <string>

#include "adapters/kube/kube_client.h"
#include "base/clock.h"

namespace loadcurve::kube {

// The instance types of nodes, by their label node.kubernetes.io/instance-type. A node is asked
// about when a pod runs there, and again after an hour; no watch: of thousands of nodes one writes
// its status each second. Thread-safe.
class NodeTypes {
 public:
  // So many nodes are asked about in one call; the types of others are not known yet.
  static constexpr int kMostAsked = 50;

  // Both outlive it.
  NodeTypes(KubeClient& client, const Clock& clock) : client_(client), clock_(clock) {}

  // The type of each pod's node, from the nodes of pods, both by the pod's name. A node that is
  // gone, or may not be read, is of no known type: "".
  std::map<std::string, std::string> TypesOf(const std::map<std::string, std::string>& nodes);

 private:
  struct Known {
    std::string type;
    Duration until{0};  // monotonic
  };

  std::string TypeOf(const std::string& node, int& asked);

  KubeClient& client_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Known> types_;  // by node
};

}  // namespace loadcurve::kube
