#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"

namespace loadcurve::capacity {

// What gives way where the stated risk costs more than may be spent.
enum class SpendPolicy {
  kSloFirst,  // the cap: the plan says by how much
  kCapFirst,  // the service: the plan says how much has no room
};

// Cores that a cloud lets an account have in a region under one contract.
struct CpuQuota {
  std::string region;
  CapacityClass capacity_class = CapacityClass::kOnDemand;
  CpuCores cpu;  // >= 0
};

// What a plan must keep to, and what it may weigh.
struct PlanTerms {
  // Without any loss there is room for what is not exceeded with this probability, in (0, 1).
  double level = 0.95;
  // In the worst 1 - tail of what may happen, demand and losses of spot together, so large a
  // share of the pods has no room in the mean (CVaR). tail in (0, 1), most_shortfall in [0, 1].
  double tail = 0.95;
  Ratio most_shortfall{0.05};

  // Of all cores; of the cores that hold pods which may stand in several zones, families.
  std::optional<Ratio> most_spot;
  std::optional<Ratio> most_in_zone;
  std::optional<Ratio> most_in_family;
  std::vector<CpuQuota> quotas;
  std::optional<UsdPerHour> spend_cap;
  SpendPolicy when_cap_is_hit = SpendPolicy::kSloFirst;

  double loss_cost = 0;  // USD: a node of spot that is taken away, restarts and the time until then
  double move_cost = 0;  // USD: a node that is drained, for whatever reason
  // How long a node is expected to stay: what a start and a move cost is spread over it. > 0
  Duration hold = std::chrono::hours(24);
  // A node is left for a cheaper one only where that saves this share of its price, in [0, 1).
  Ratio move_margin{0.1};

  // kInvalidArgument, naming what is out of its range.
  [[nodiscard]] Result<void> Validate() const;
};

}  // namespace loadcurve::capacity
