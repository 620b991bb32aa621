#include "scaler/capacity/replay/spot_replay.h"

#include <algorithm>

#include "scaler/capacity/replay/spot_fleet.h"

namespace loadcurve::capacity {
namespace {

class Replay {
 public:
  Replay(const SpotMarket& market, SpotPolicy& policy)
      : market_(market),
        policy_(policy),
        fleet_(market.traces().size(), market.terms().boot, market.demand().front()),
        pools_(market.traces().size()),
        prices_(market.traces().size()) {
    run_.policy = policy.name();
    run_.ticks.resize(market.ticks());
  }

  SpotRun Run() {
    for (tick_ = 0; tick_ < market_.ticks(); ++tick_) RunTick();
    return std::move(run_);
  }

 private:
  std::int64_t StockAt(std::size_t pool, std::size_t tick) const {
    return market_.traces()[pool].stock[tick];
  }

  void RunTick() {
    now_ = market_.StartOf(tick_);
    sums_ = {};
    for (std::size_t pool = 0; pool < pools_.size(); ++pool)
      prices_[pool] = market_.PriceOf(pool, tick_);
    fleet_.UsePrices(prices_);
    for (std::size_t pool = 0; pool < pools_.size(); ++pool)
      run_.interruptions += fleet_.Lose(pool, StockAt(pool, tick_), tick_);
    const Duration end = market_.StartOf(tick_ + 1);
    const SpotTerms& terms = market_.terms();
    // The moment within this tick at which losses of a later one are announced.
    const auto ahead =
        static_cast<std::size_t>((terms.notice + terms.gap - Duration(1)) / terms.gap);
    const Duration notice_at = market_.StartOf(tick_ + ahead) - terms.notice;
    if (notice_at == now_ && ahead > 0) Announce(tick_ + ahead);
    Ask(false);
    if (notice_at > now_) {
      Serve(notice_at);
      if (Announce(tick_ + ahead)) Ask(true);
    }
    Serve(end);
    Note();
  }

  bool Announce(std::size_t lost_at) {
    if (lost_at >= market_.ticks()) return false;
    bool is_news = false;
    for (std::size_t pool = 0; pool < pools_.size(); ++pool) {
      if (!market_.IsAnnounced(pool, lost_at)) continue;
      const std::int64_t before = fleet_.Pool(pool, now_).held;
      fleet_.Announce(pool, StockAt(pool, lost_at), lost_at);
      is_news |= fleet_.Pool(pool, now_).held < before;
    }
    return is_news;
  }

  void Ask(bool is_notice) {
    std::vector<std::int64_t> stock(pools_.size());
    for (std::size_t pool = 0; pool < pools_.size(); ++pool) {
      PoolMoment& seen = pools_[pool];
      seen = fleet_.Pool(pool, now_);
      seen.in_stock = StockAt(pool, tick_);
      seen.price = prices_[pool];
      seen.stock = seen.leaving > 0 ? seen.held : std::max(seen.held, seen.in_stock);
      stock[pool] = seen.stock;
    }
    const SpotTarget target =
        policy_.Wanted({.now = now_,
                        .tick = tick_,
                        .is_notice = is_notice,
                        .demand = market_.demand()[tick_],
                        .pools = pools_,
                        .on_demand = fleet_.OnDemand(),
                        .on_demand_ready = fleet_.Pool(pools_.size(), now_).ready,
                        .paid = paid_});
    run_.orders += fleet_.Aim(target, stock, now_);
    fleet_.GiveBack(now_);
  }

  // Lets time pass until `end`.
  void Serve(Duration end) {
    while (now_ < end) {
      const Duration next = std::min(fleet_.NextReady(now_).value_or(end), end);
      Count(next - now_);
      now_ = next;
      fleet_.GiveBack(now_);
    }
  }

  void Count(Duration span) {
    const std::int64_t time = span.count();
    const std::int64_t ready = fleet_.Ready(now_);
    sums_.ready += time * ready;
    sums_.served += time * std::min(ready, market_.demand()[tick_]);
    sums_.on_demand += time * fleet_.OnDemand();
    sums_.spot += time * fleet_.Spot();
    sums_.spot_cost += static_cast<double>(time) * fleet_.SpotPrice();
    paid_ += Seconds(span) * (static_cast<double>(fleet_.OnDemand()) + fleet_.SpotPrice());
  }

  void Note() {
    SpotTick& tick = run_.ticks[tick_];
    const auto gap = static_cast<double>(market_.terms().gap.count());
    tick.demand = market_.demand()[tick_];
    const bool is_short = sums_.served < market_.terms().gap.count() * tick.demand;
    tick.ready = static_cast<double>(is_short ? sums_.served : sums_.ready) / gap;
    tick.on_demand = static_cast<double>(sums_.on_demand) / gap;
    tick.spot = static_cast<double>(sums_.spot) / gap;
    tick.spot_cost = sums_.spot_cost / gap;
  }

  const SpotMarket& market_;
  SpotPolicy& policy_;
  SpotFleet fleet_;
  std::vector<PoolMoment> pools_;
  std::vector<double> prices_;  // in this tick
  SpotRun run_;
  std::size_t tick_ = 0;
  Duration now_{0};
  // Of this tick, in node-microseconds.
  struct Sums {
    std::int64_t ready = 0;
    std::int64_t served = 0;  // what of it was demanded at the time
    std::int64_t on_demand = 0;
    std::int64_t spot = 0;
    double spot_cost = 0;  // weighed by the price
  };
  Sums sums_;
  double paid_ = 0;  // on-demand node-seconds, since the start
};

}  // namespace

SpotRun ReplaySpot(const SpotMarket& market, SpotPolicy& policy) {
  return Replay(market, policy).Run();
}

SpotMeasures MeasuresOf(const SpotRun& run, Duration gap) {
  double cost = 0;
  double served = 0;
  double demand = 0;
  for (const SpotTick& tick : run.ticks) {
    const auto wanted = static_cast<double>(tick.demand);
    cost += tick.on_demand + tick.spot_cost;
    served += std::min(tick.ready, wanted);
    demand += wanted;
  }
  SpotMeasures measures;
  measures.cost = cost * Seconds(gap) / 3600;
  measures.cost_ratio_to_on_demand = demand > 0 ? cost / demand : 0;
  measures.served_ratio = demand > 0 ? served / demand : 1;
  return measures;
}

SpotPolicyTerms TermsOf(const SpotMarket& market) {
  SpotPolicyTerms terms{{}, market.terms().gap, market.terms().boot, market.terms().notice};
  for (const SpotTrace& trace : market.traces()) terms.pools.push_back({trace.pool, trace.region});
  return terms;
}

}  // namespace loadcurve::capacity
