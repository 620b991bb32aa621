#include "scaler/capacity/replay/spot_oracle.h"

#include <algorithm>
#include <optional>

namespace loadcurve::capacity {
namespace {

class SpotOracle : public SpotPolicy {
 public:
  explicit SpotOracle(const SpotMarket& market)
      : market_(market),
        lead_(static_cast<std::size_t>((market.terms().boot + market.terms().gap - Duration(1)) /
                                       market.terms().gap)) {}

  std::string_view name() const override { return "oracle"; }

  SpotTarget Wanted(const SpotMoment& moment) override {
    if (moment.is_notice) return target_;  // it knew
    const std::size_t ready_at = std::min(moment.tick + lead_, market_.ticks() - 1);
    target_.spot.assign(moment.pools.size(), 0);
    std::int64_t most = 0;  // needed until then, and then
    for (std::size_t tick = moment.tick; tick <= ready_at; ++tick)
      most = std::max(most, market_.demand()[tick]);
    std::int64_t missing = most;
    for (std::size_t pool = 0; pool < target_.spot.size(); ++pool) {
      const std::int64_t staying =
          std::min(moment.pools[pool].held, LeastStock(pool, moment.tick, ready_at));
      // What goes before is kept until it does.
      target_.spot[pool] = moment.pools[pool].held;
      const std::int64_t beyond = std::max<std::int64_t>(0, staying - missing);
      target_.spot[pool] -= beyond;
      missing -= staying - beyond;
    }
    while (missing > 0) {
      const auto pool = Longest(moment, ready_at);
      if (!pool) break;
      ++target_.spot[*pool];
      --missing;
    }
    // Those that boot were ordered for an earlier moment than what is ordered now can serve.
    target_.on_demand = std::max(missing, moment.on_demand - moment.on_demand_ready);
    return target_;
  }

 private:
  std::int64_t LeastStock(std::size_t pool, std::size_t first, std::size_t last) const {
    const auto& stock = market_.traces()[pool].stock;
    return *std::min_element(stock.begin() + static_cast<std::ptrdiff_t>(first),
                             stock.begin() + static_cast<std::ptrdiff_t>(last) + 1);
  }

  // The pool whose next node stays longest, where that pays for its boot.
  std::optional<std::size_t> Longest(const SpotMoment& moment, std::size_t ready_at) const {
    std::optional<std::size_t> best;
    double most_saved = 0;
    for (std::size_t pool = 0; pool < target_.spot.size(); ++pool) {
      const auto& stock = market_.traces()[pool].stock;
      const std::int64_t node = target_.spot[pool] + 1;
      double saved = -Seconds(market_.terms().boot) * market_.PriceOf(pool, moment.tick);
      std::size_t end = moment.tick;
      for (; end < stock.size() && stock[end] >= node; ++end)
        if (end >= ready_at)
          saved += Seconds(market_.terms().gap) * (1 - market_.PriceOf(pool, end));
      if (end <= ready_at) continue;
      if (saved <= most_saved) continue;
      most_saved = saved;
      best = pool;
    }
    return best;
  }

  const SpotMarket& market_;
  std::size_t lead_;  // ticks from an order to the first whole one of a node
  SpotTarget target_;
};

}  // namespace

std::unique_ptr<SpotPolicy> MakeSpotOracle(const SpotMarket& market) {
  return std::make_unique<SpotOracle>(market);
}

}  // namespace loadcurve::capacity
