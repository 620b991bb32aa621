#include "adapters/kube/karpenter_manifest.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "adapters/kube/object_name.h"
#include "scaler/capacity/risk_price.h"

namespace loadcurve::kube {
namespace {

using capacity::CapacityClass;
using capacity::CapacityOffer;
using nlohmann::json;

double FactorOf(const CapacityOffer& pool) {
  return capacity::RiskFactor(pool.losses_per_hour, pool.speed);
}

// Fixed point, as Karpenter reads it; no zeros at the end.
std::string Decimal(double value, int digits) {
  std::array<char, 64> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value,
                                          std::chars_format::fixed, digits);
  std::string decimal(text.data(), error == std::errc() ? end : text.data());
  if (decimal.find('.') == std::string::npos) return decimal;
  decimal.erase(decimal.find_last_not_of('0') + 1);
  if (decimal.ends_with('.')) decimal.pop_back();
  return decimal;
}

// "+4%" or "-8.93%"; "" where it is less than a hundredth.
std::string Adjustment(double factor) {
  // Karpenter takes two digits before the point of what is taken off.
  const double percent = std::max(std::round((factor - 1) * 1e4) / 100, -99.99);
  if (percent == 0) return "";
  return (percent > 0 ? "+" : "-") + Decimal(std::abs(percent), 2) + "%";
}

json In(std::string_view key, const std::string& value) {
  return {{"key", key}, {"operator", "In"}, {"values", {value}}};
}

json RequirementsOf(const CapacityOffer& pool) {
  json requirements = json::array();
  requirements.push_back(In("node.kubernetes.io/instance-type", pool.instance_type));
  if (!pool.zone.empty()) requirements.push_back(In("topology.kubernetes.io/zone", pool.zone));
  requirements.push_back(In("karpenter.sh/capacity-type", std::string(Name(pool.capacity_class))));
  const auto node_pool = pool.labels.find(std::string(kNodePoolLabel));
  if (node_pool != pool.labels.end()) requirements.push_back(In(kNodePoolLabel, node_pool->second));
  return requirements;
}

std::optional<json> SpecOf(const CapacityOffer& pool, OverlayPrice price) {
  json spec = {{"requirements", RequirementsOf(pool)}};
  if (price == OverlayPrice::kAbsolute) {
    spec["price"] = Decimal(pool.price.value() * FactorOf(pool), 6);
    return spec;
  }
  const std::string adjustment = Adjustment(FactorOf(pool));
  if (adjustment.empty()) return std::nullopt;
  spec["priceAdjustment"] = adjustment;
  return spec;
}

// What a NodePool makes nodes for.
struct NodePoolTerms {
  std::int64_t most_nodes = 0;
  double cheapest = 0;    // USD an hour for a core, risk and speed counted
  bool is_static = true;  // all of its nodes are paid for already
};

using NodePools = std::map<std::string, NodePoolTerms>;  // by name

NodePools NodePoolsOf(std::span<const CapacityOffer> pools) {
  NodePools by_name;
  for (const CapacityOffer& pool : pools) {
    const auto name = pool.labels.find(std::string(kNodePoolLabel));
    if (name == pool.labels.end()) continue;
    const double core = pool.price.value() * FactorOf(pool) / pool.allocatable.cpu.value();
    const auto [terms, is_new] = by_name.try_emplace(name->second);
    terms->second.most_nodes += pool.most_nodes;
    terms->second.cheapest = is_new ? core : std::min(terms->second.cheapest, core);
    if (pool.capacity_class != CapacityClass::kReserved) terms->second.is_static = false;
  }
  return by_name;
}

// What one that grows with its pods is told; `prices` are the cheapest cores of all of these.
json GrowingSpec(const NodePoolTerms& terms, const std::set<double>& prices) {
  const auto rank = std::distance(prices.begin(), prices.find(terms.cheapest));
  return {{"limits", {{"nodes", std::to_string(terms.most_nodes)}}},
          {"weight", std::max<std::int64_t>(100 - 10 * rank, 1)}};
}

}  // namespace

std::string OverlayName(const std::string& pool) {
  return "loadcurve-" + ObjectNameOf(pool);
}

Result<std::vector<json>> NodeOverlaysFor(std::span<const CapacityOffer> pools,
                                          OverlayPrice price) {
  std::vector<json> overlays;
  std::map<std::string, std::string> taken;  // pools, by their requirements
  for (const CapacityOffer& pool : pools) {
    if (pool.capacity_class == CapacityClass::kReserved) continue;
    if (pool.instance_type.empty())
      return Fail(
          ErrorCode::kInvalidArgument,
          "pool '" + pool.pool + "' has no type; expected one, by which Karpenter knows it");
    const auto [other, is_new] = taken.try_emplace(RequirementsOf(pool).dump(), pool.pool);
    if (!is_new)
      return Fail(ErrorCode::kInvalidArgument,
                  "pools '" + other->second + "' and '" + pool.pool +
                      "' have the same type, zone, class and NodePool; expected one price for "
                      "these nodes");
    auto spec = SpecOf(pool, price);
    if (!spec) continue;
    overlays.push_back({{"apiVersion", ApiVersionOf(kNodeOverlays)},
                        {"kind", "NodeOverlay"},
                        {"metadata",
                         {{"name", OverlayName(pool.pool)},
                          {"labels",
                           {{"app.kubernetes.io/managed-by", "loadcurve"},
                            {std::string(kOverlayLabel), ObjectNameOf(pool.pool).substr(0, 63)}}}}},
                        {"spec", *std::move(spec)}});
  }
  return overlays;
}

std::vector<json> NodePoolPatchesFor(std::span<const CapacityOffer> pools) {
  const NodePools by_name = NodePoolsOf(pools);
  std::set<double> prices;
  for (const auto& [name, terms] : by_name)
    if (!terms.is_static) prices.insert(terms.cheapest);
  std::vector<json> patches;
  for (const auto& [name, terms] : by_name) {
    json spec = terms.is_static ? json::object({{"replicas", terms.most_nodes}})
                                : GrowingSpec(terms, prices);
    patches.push_back({{"apiVersion", ApiVersionOf(kNodePools)},
                       {"kind", "NodePool"},
                       {"metadata", {{"name", name}}},
                       {"spec", std::move(spec)}});
  }
  return patches;
}

}  // namespace loadcurve::kube
