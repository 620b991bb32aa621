// Rules that a line or two say.

#include <algorithm>
#include <optional>
#include <utility>

#include "scaler/capacity/replay/spot_filling.h"
#include "scaler/capacity/replay/spot_rivals.h"

namespace loadcurve::capacity {
namespace {

class OnDemandOnly : public SpotPolicy {
 public:
  std::string_view name() const override { return "on-demand"; }
  SpotTarget Wanted(const SpotMoment& moment) override {
    return {std::vector<std::int64_t>(moment.pools.size(), 0), moment.demand};
  }
};

// What lives stays; the rest goes where most is held, of the cheapest pools.
class Greedy : public SpotPolicy {
 public:
  Greedy(std::string_view name, double spot_share) : name_(name), spot_share_(spot_share) {}

  std::string_view name() const override { return name_; }
  SpotTarget Wanted(const SpotMoment& moment) override {
    SpotTarget target{std::vector<std::int64_t>(moment.pools.size(), 0), 0};
    const auto order = CheapestThenFullest(moment);
    const auto nodes =
        static_cast<std::int64_t>(spot_share_ * static_cast<double>(moment.demand) + 0.5);
    const std::int64_t missing =
        FillInOrder(moment, order, KeepHeld(moment, order, nodes, target.spot), target.spot);
    target.on_demand = std::max<std::int64_t>(0, missing - (nodes - moment.demand));
    return target;
  }

 private:
  std::string_view name_;
  double spot_share_;  // of the demand
};

// The cheapest pool, of which the one that has most at the start, and no other.
class SingleZone : public SpotPolicy {
 public:
  std::string_view name() const override { return "single-zone"; }
  SpotTarget Wanted(const SpotMoment& moment) override {
    if (!zone_) zone_ = Chosen(moment);
    SpotTarget target{std::vector<std::int64_t>(moment.pools.size(), 0), 0};
    target.spot[*zone_] = std::min(moment.demand, moment.pools[*zone_].stock);
    target.on_demand = moment.demand - target.spot[*zone_];
    return target;
  }

 private:
  static std::size_t Chosen(const SpotMoment& moment) {
    std::size_t chosen = 0;
    for (std::size_t pool = 1; pool < moment.pools.size(); ++pool) {
      const double price = moment.pools[pool].price;
      const double least = moment.pools[chosen].price;
      if (price < least ||
          (price == least && moment.pools[pool].stock > moment.pools[chosen].stock))
        chosen = pool;
    }
    return chosen;
  }

  std::optional<std::size_t> zone_;
};

// As many in each pool as in any other that has them.
class EvenSpread : public SpotPolicy {
 public:
  std::string_view name() const override { return "even-spread"; }
  SpotTarget Wanted(const SpotMoment& moment) override {
    SpotTarget target{std::vector<std::int64_t>(moment.pools.size(), 0), 0};
    const std::vector<double> even(moment.pools.size(), 1);
    target.on_demand = FillByShares(moment, even, moment.demand, target.spot);
    return target;
  }
};

}  // namespace

std::unique_ptr<SpotPolicy> MakeOnDemandOnly(const SpotPolicyTerms&) {
  return std::make_unique<OnDemandOnly>();
}

std::unique_ptr<SpotPolicy> MakeGreedy(const SpotPolicyTerms&) {
  return std::make_unique<Greedy>("greedy", 1);
}

std::unique_ptr<SpotPolicy> MakeSingleZone(const SpotPolicyTerms&) {
  return std::make_unique<SingleZone>();
}

std::unique_ptr<SpotPolicy> MakeEvenSpread(const SpotPolicyTerms&) {
  return std::make_unique<EvenSpread>();
}

std::unique_ptr<SpotPolicy> MakeHalfSpare(const SpotPolicyTerms&) {
  return std::make_unique<Greedy>("half-spare", 1.5);
}

}  // namespace loadcurve::capacity
