#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kube/resource.h"
#include "base/result.h"
#include "scaler/capacity/capacity_offer.h"

// What Karpenter is told of pools. https://karpenter.sh/docs/concepts/nodeoverlays/
namespace loadcurve::kube {

inline const ResourceType kNodeOverlays{"karpenter.sh", "v1alpha1", "nodeoverlays"};
inline const ResourceType kNodePools{"karpenter.sh", "v1", "nodepools"};

// Of objects of ours: the pool that they are of.
inline constexpr std::string_view kOverlayLabel = "loadcurve.dev/pool";
// Among the labels of a pool: the NodePool that makes its nodes.
inline constexpr std::string_view kNodePoolLabel = "karpenter.sh/nodepool";

// How an overlay says what a node costs.
enum class OverlayPrice {
  kAdjusted,  // so many percent more or less than Karpenter knows: its own prices stay fresh
  kAbsolute,  // the price of the pool, with its risk and speed
};

// A NodeOverlay for each pool whose price for load is another than its plain one: it applies to
// the pool's type, zone, contract and NodePool, and costs its price times RiskFactor(). Pools of a
// subscription have none, since Karpenter takes these first. kInvalidArgument where a pool says no
// type, or two would be for the same nodes.
[[nodiscard]] Result<std::vector<nlohmann::json>> NodeOverlaysFor(
    std::span<const capacity::CapacityOffer> pools, OverlayPrice price);

// What NodePools are to be patched by, as an object to apply.
//
// Of one that grows with its pods: spec.limits.nodes, the most nodes that its pools may have, and
// spec.weight: 100 for the one whose cheapest core is cheapest, risk and speed counted, 10 less for
// each that is dearer, 1 at the least.
//
// Of one whose pools are all of subscriptions, which are paid whether they are used or not:
// spec.replicas, the nodes of these, and nothing else. Karpenter allows it no weight, and
// limits.nodes is room for replacing nodes, which is for its owner to say.
// https://karpenter.sh/docs/concepts/nodepools/#specreplicas
std::vector<nlohmann::json> NodePoolPatchesFor(std::span<const capacity::CapacityOffer> pools);

// "loadcurve-" and the pool, as the name of an object.
std::string OverlayName(const std::string& pool);

}  // namespace loadcurve::kube
