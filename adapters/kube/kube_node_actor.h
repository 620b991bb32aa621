#pragma once

#include <optional>
#include <string>

#include "adapters/kube/kube_client.h"
#include "adapters/kube/node_index.h"
#include "base/result.h"
#include "scaler/capacity/fleet/cluster_nodes.h"

namespace loadcurve::kube {

// Takes nodes out of service and empties them, on an API server. A node that is taken has, by one
// patch, the taint kLeavingTaint with effect NoSchedule, is cordoned, is left out of load balancers
// by node.kubernetes.io/exclude-from-external-load-balancers, and says when it ends in kLeavesAt.
// What of these somebody else had put there before stays when it is returned.
class KubeNodeActor final : public capacity::NodeActor {
 public:
  // `client` stands on a FencedTransport. Both outlive it.
  KubeNodeActor(KubeClient& client, const NodeIndex& nodes) : client_(client), nodes_(nodes) {}

  [[nodiscard]] Result<void> Take(const std::string& node,
                                  std::optional<TimePoint> ends_at) override;
  [[nodiscard]] Result<void> Return(const std::string& node) override;
  [[nodiscard]] Result<capacity::EvictionAnswer> Evict(const std::string& node,
                                                       const std::string& pod) override;
  [[nodiscard]] Result<void> Delete(const std::string& node, const std::string& pod) override;

 private:
  KubeClient& client_;
  const NodeIndex& nodes_;
};

// The merge patch that takes `node` out of service, or returns it.
nlohmann::json TakingPatch(const nlohmann::json& node, std::optional<TimePoint> ends_at);
nlohmann::json ReturningPatch(const nlohmann::json& node);

}  // namespace loadcurve::kube
