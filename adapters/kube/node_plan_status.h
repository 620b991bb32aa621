#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "scaler/capacity/spot/loss_record.h"

namespace loadcurve::kube {

// One pool of nodes that are bought.
struct PoolStanding {
  std::string pool{};
  std::int64_t held = 0;     // paid for, and to be counted on
  std::int64_t ordered = 0;  // it is not known yet what came of them
  std::int64_t wanted = 0;   // by the plan
  std::optional<UsdPerHour> price{};
  std::optional<double> losses_per_hour{};            // of spot, as it is believed
  std::optional<capacity::SeenLosses> seen_losses{};  // of spot
  std::string why{};

  bool operator==(const PoolStanding&) const = default;
};

// Pods that the plan has no room for.
struct UnplacedStanding {
  std::string workload{};
  std::int64_t pods = 0;
  std::string why{};

  bool operator==(const UnplacedStanding&) const = default;
};

// What was seen of two spot pools in the hours that both were held.
struct PairStanding {
  std::string pool{};
  std::string other{};  // the greater name
  capacity::SeenLosses seen{};

  bool operator==(const PairStanding&) const = default;
};

// What a CapacityProfile's status says of the nodes that are bought for it.
struct NodePlanStatus {
  std::vector<PoolStanding> pools{};
  std::int64_t losing = 0;           // nodes that are being taken away
  std::int64_t draining = 0;         // of them and of spare ones: out of service, with pods left
  std::int64_t spare = 0;            // that the plan can do without
  std::int64_t parked = 0;           // of these: empty, and standing by until they are given back
  std::optional<UsdPerHour> cost{};  // of what is wanted
  std::optional<UsdPerHour> held_cost{};  // of what is held
  std::optional<Ratio> tail_shortfall{};  // share of pods without room in the worst cases
  std::optional<Ratio> worst_shortfall{};
  std::vector<UnplacedStanding> unplaced{};
  std::vector<PairStanding> pairs{};  // of pools that both lost nodes, kMostPairs of them
  std::string last_order{};
  TimePoint as_of{};  // when it was found, to ten minutes: it says that somebody still looks

  bool operator==(const NodePlanStatus&) const = default;
};

inline constexpr std::size_t kMostPairs = 1000;

nlohmann::json ToJson(const NodePlanStatus& status);

// What ToJson wrote.
NodePlanStatus NodePlanStatusFrom(const nlohmann::json& object);

// What a leader before us saw of losses.
capacity::LossRecord SeenLossesOf(const NodePlanStatus& status);

// Whether a person would see a difference: another count of nodes, or another order.
bool IsNews(const std::optional<NodePlanStatus>& written,
            const std::optional<NodePlanStatus>& next);

}  // namespace loadcurve::kube
