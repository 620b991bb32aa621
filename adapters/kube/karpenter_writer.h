#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "adapters/kube/karpenter_manifest.h"
#include "adapters/kube/kube_client.h"
#include "base/result.h"

namespace loadcurve::kube {

// What a write of Karpenter's objects came to.
struct KarpenterReport {
  std::vector<std::string> written{};  // "nodeoverlays.karpenter.sh loadcurve-spot-a"
  std::vector<std::string> removed{};
  std::vector<std::string> problems{};  // what a person should see to
};

// Tells Karpenter what pools cost, how far NodePools may grow, and how many nodes static ones hold:
// these by the scale subresource. What somebody else made, or set in another field of a NodePool,
// is left alone and told; so is a limit below what a static one is to hold, though that is written.
// Not thread-safe.
class KarpenterWriter {
 public:
  // `client` outlives it.
  explicit KarpenterWriter(KubeClient& client) : client_(client) {}

  // Overlays of ours that are no longer among these go. kNotFound: the cluster has no Karpenter
  // that knows NodeOverlays. kInvalidArgument: a NodePool would have to change between static and
  // dynamic, which Karpenter forbids; nothing was written.
  [[nodiscard]] Result<KarpenterReport> Write(std::span<const capacity::CapacityOffer> pools,
                                              OverlayPrice price);

 private:
  void ApplyOverlay(const nlohmann::json& overlay, KarpenterReport& report);
  // Of these patches those whose NodePool is there.
  [[nodiscard]] Result<std::vector<nlohmann::json>> Possible(std::vector<nlohmann::json> patches,
                                                             KarpenterReport& report);
  void PatchNodePool(const nlohmann::json& patch, KarpenterReport& report);

  KubeClient& client_;
};

}  // namespace loadcurve::kube
