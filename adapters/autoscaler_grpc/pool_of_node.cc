#include "adapters/autoscaler_grpc/pool_of_node.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace loadcurve::autoscaler_grpc {
namespace {

using capacity::CapacityClass;
using capacity::CapacityOffer;

std::string_view LabelOf(const NodeBlob& node, const std::string& name) {
  const auto found = node.labels.find(name);
  return found == node.labels.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<CapacityClass> ClassOf(const NodeBlob& node) {
  constexpr std::array<std::pair<const char*, const char*>, 5> kSpot = {{
      {"karpenter.sh/capacity-type", "spot"},
      {"eks.amazonaws.com/capacityType", "SPOT"},
      {"cloud.google.com/gke-spot", "true"},
      {"kubernetes.azure.com/scalesetpriority", "spot"},
      {"loadcurve.dev/capacity-class", "spot"},
  }};
  bool is_told = false;
  for (const auto& [label, spot] : kSpot) {
    const std::string_view value = LabelOf(node, label);
    if (value == spot) return CapacityClass::kSpot;
    is_told = is_told || !value.empty();
  }
  return is_told ? std::optional(CapacityClass::kOnDemand) : std::nullopt;
}

// How much a pool says of itself that the node says too; absent where they disagree.
std::optional<int> Agreement(const CapacityOffer& pool, const NodeBlob& node) {
  int agreed = 0;
  const auto agrees = [&](std::string_view stated, std::string_view found) {
    if (stated.empty() || found.empty()) return true;
    ++agreed;
    return stated == found;
  };
  if (!agrees(pool.instance_type, LabelOf(node, "node.kubernetes.io/instance-type")) ||
      !agrees(pool.zone, LabelOf(node, "topology.kubernetes.io/zone")))
    return std::nullopt;
  for (const auto& [label, value] : pool.labels) {
    if (LabelOf(node, label) != value) return std::nullopt;
    ++agreed;
  }
  // A subscription is paid for what runs on demand.
  if (const auto told = ClassOf(node)) {
    const bool is_spot = pool.capacity_class == CapacityClass::kSpot;
    if (is_spot != (*told == CapacityClass::kSpot)) return std::nullopt;
  } else if (pool.capacity_class == CapacityClass::kSpot) {
    return std::nullopt;
  }
  return agreed > 0 ? std::optional(agreed) : std::nullopt;
}

}  // namespace

const CapacityOffer* PoolOf(const std::vector<CapacityOffer>& pools, const std::string& group,
                            const NodeBlob& node) {
  const CapacityOffer* best = nullptr;
  int most = 0;
  for (const CapacityOffer& pool : pools) {
    if (pool.pool == group) return &pool;
    const auto agreed = Agreement(pool, node);
    if (!agreed || *agreed <= most) continue;
    best = &pool;
    most = *agreed;
  }
  return best;
}

}  // namespace loadcurve::autoscaler_grpc
