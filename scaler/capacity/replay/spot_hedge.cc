// SpotHedge, the policy of SkyServe (Mao et al., EuroSys 2025): zones are active or preemptive. A
// zone in which a node was lost, or none was to be had, becomes preemptive; one in which a node
// became ready is active again; with fewer than two active ones all are. New spot nodes go to the
// active zone with the fewest. A few more than wanted are kept, and on-demand nodes stand in for
// spot nodes that are not ready.

#include <algorithm>
#include <utility>

#include "scaler/capacity/replay/spot_rivals.h"

namespace loadcurve::capacity {
namespace {

// An eighth of the demand more, at least one: two of sixteen.
std::int64_t Extra(std::int64_t demand) {
  return std::max<std::int64_t>(1, demand / 8);
}

class SpotHedge : public SpotPolicy {
 public:
  explicit SpotHedge(std::size_t zones) : is_active_(zones, true), held_(zones, 0) {}

  std::string_view name() const override { return "spothedge"; }

  SpotTarget Wanted(const SpotMoment& moment) override {
    UpdateLists(moment);
    SpotTarget target{std::vector<std::int64_t>(moment.pools.size(), 0), 0};
    const std::int64_t wanted = moment.demand + Extra(moment.demand);
    std::int64_t missing = wanted;
    std::int64_t ready = 0;
    for (std::size_t zone = 0; zone < moment.pools.size(); ++zone) {
      target.spot[zone] = std::min(missing, moment.pools[zone].held);
      missing -= target.spot[zone];
      ready += moment.pools[zone].ready;
    }
    while (missing > 0 && Launch(moment, target)) --missing;
    // One on-demand node for each that is not ready, but no more than the demand.
    target.on_demand = std::clamp<std::int64_t>(wanted - ready, 0, moment.demand);
    held_ = target.spot;
    return target;
  }

 private:
  void UpdateLists(const SpotMoment& moment) {
    for (std::size_t zone = 0; zone < held_.size(); ++zone) {
      const PoolMoment& seen = moment.pools[zone];
      if (seen.leaving > 0 || seen.stock < held_[zone])
        is_active_[zone] = false;
      else if (seen.ready > 0)
        is_active_[zone] = true;
    }
    if (std::ranges::count(is_active_, true) < 2) is_active_.assign(is_active_.size(), true);
  }

  // One node, where it can be had; zones that refuse become preemptive.
  bool Launch(const SpotMoment& moment, SpotTarget& target) {
    while (true) {
      std::size_t best = held_.size();
      for (std::size_t zone = 0; zone < held_.size(); ++zone)
        if (is_active_[zone] && (best == held_.size() || target.spot[zone] < target.spot[best]))
          best = zone;
      if (best == held_.size()) return false;
      if (target.spot[best] < moment.pools[best].stock) {
        ++target.spot[best];
        return true;
      }
      is_active_[best] = false;
    }
  }

  std::vector<bool> is_active_;
  std::vector<std::int64_t> held_;
};

}  // namespace

std::unique_ptr<SpotPolicy> MakeSpotHedge(const SpotPolicyTerms& terms) {
  return std::make_unique<SpotHedge>(terms.pools.size());
}

}  // namespace loadcurve::capacity
