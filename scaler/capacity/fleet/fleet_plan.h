#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/node_demand.h"
#include "scaler/capacity/orders/order_runner.h"
#include "scaler/capacity/plan/capacity_plan.h"
#include "scaler/capacity/plan/drawn_outages.h"
#include "scaler/capacity/plan/plan_terms.h"
#include "scaler/capacity/plan/spot_risk.h"

namespace loadcurve::capacity {

// What the nodes of a fleet are planned for.
struct FleetBasis {
  std::vector<CapacityOffer> offers{};
  std::optional<NodeDemand> demand{};  // absent: what is there stays
  PlanTerms terms{};
  OutageTerms outages{};
  LossRecord seen{};  // of spot pools
  // Pools from which nodes are being taken away, and their neighbours: nothing is ordered there
  // while there is room elsewhere.
  std::set<std::string> shaken{};
  // Nodes by pool that were bought or moved a short while ago: they are not left for cheaper ones.
  std::map<std::string, std::int64_t> unsettled{};
};

// Plans a fleet under what an OrderRunner knows, and says what is wanted of each pool. A plan is
// made again only where something changed. Where none can be made, what is there is wanted. Beside
// pools that are shaken or out of stock nothing is ordered while there is room elsewhere.
class FleetPlan {
 public:
  void Use(FleetBasis basis);

  // For OrderTick::plan. `losing`: nodes are being replaced, which is more urgent than growth.
  std::vector<PoolWish> WishesFor(const OrderView& view, bool losing);

  // The last plan, or why there is none; absent: none was asked for, or nothing to plan for.
  const std::optional<Result<CapacityPlan>>& plan() const { return plan_; }
  // Losses of spot in its offers are as they are believed.
  const FleetBasis& basis() const { return basis_; }

 private:
  using Reasons = std::map<std::string, std::string>;  // by pool, why nothing is ordered there
  struct Situation {
    std::map<std::string, std::int64_t> there;  // by pool, held and pending
    Reasons closed;
    Reasons avoided;  // while there is room elsewhere

    bool operator==(const Situation&) const = default;
  };

  Situation SituationOf(const OrderView& view) const;
  [[nodiscard]] Result<CapacityPlan> PlanWith(const Situation& situation) const;
  [[nodiscard]] Result<CapacityPlan> PlanOnce(const Situation& situation,
                                              const Reasons& closed) const;
  std::string WhyClosed(const OrderView& view, const CapacityOffer& offer) const;
  std::optional<std::int64_t> MostMoves(const CapacityPlan& plan) const;

  FleetBasis basis_;
  JointOutages outages_;
  std::optional<Situation> planned_for_;
  std::optional<Result<CapacityPlan>> plan_;
};

// The pools that fall with `pool`: spot of the same region and zone, itself among them.
std::set<std::string> ShakenBy(const std::string& pool, const std::vector<CapacityOffer>& offers);

}  // namespace loadcurve::capacity
