#pragma once

#include <cstdint>
#include <vector>

#include "scaler/capacity/replay/spot_policy.h"
#include "scaler/capacity/spot/demand_rises.h"
#include "scaler/capacity/spot/outage_model.h"
#include "scaler/capacity/spot/premium_budget.h"
#include "scaler/capacity/spot/spot_holdings.h"

namespace loadcurve::capacity {

// Ours: HoldingsFor what OutageModel expects, at the value that PremiumBudget leaves.
class LoadcurveSpotPolicy : public SpotPolicy {
 public:
  // `most_nodes` is the most that the demand may become.
  LoadcurveSpotPolicy(SpotPolicyTerms terms, std::int64_t most_nodes);

  std::string_view name() const override { return "loadcurve"; }
  SpotTarget Wanted(const SpotMoment& moment) override;

 private:
  void Learn(const SpotMoment& moment);
  void CountNotices(const SpotMoment& moment);
  // What the demand costs a second with no thought of safety: who keeps what lives, in stock, and
  // fills where it is cheapest. Boots are not counted.
  double CostOfStaying(const SpotMoment& moment);
  HoldingsAsk AskFor(const SpotMoment& moment) const;
  Ratio MissedNotices() const;

  SpotPolicyTerms terms_;
  OutageModel outages_;
  DemandRises rises_;
  PremiumBudget budget_;
  std::vector<std::int64_t> staying_;  // nodes of each pool, of who thinks of no safety
  // Of the last moment.
  std::vector<std::int64_t> wanted_;
  std::vector<bool> leaving_;
  // Pools that fell while we held nodes there.
  double announced_ = 0;
  double unannounced_ = 0;
};

}  // namespace loadcurve::capacity
