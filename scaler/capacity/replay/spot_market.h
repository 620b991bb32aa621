#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::capacity {

// What one pool had in stock for us, tick by tick, our own nodes included.
struct SpotTrace {
  std::string pool;
  std::string region;               // pools of one region fall together
  std::vector<std::int64_t> stock;  // nodes at the start of each tick, >= 0; it stays so within it
  // Of a node, in the mean where prices drift; an on-demand node costs 1; > 0.
  double price = 0.3;
};

// How nodes come and go; the same for every policy.
struct SpotTerms {
  Duration gap = std::chrono::seconds(195);     // of a tick; > 0
  Duration boot = std::chrono::seconds(180);    // from an order to a ready node, of any kind; >= 0
  Duration notice = std::chrono::seconds(120);  // how long before a loss it is announced; >= 0
  Ratio missed_notice{0.1};                     // losses that nobody announces; in [0, 1]
  // Standard deviation of the logarithm of each pool's price, which strays by itself and comes back
  // within a day or so (an Ornstein-Uhlenbeck process); in [0, 1].
  Ratio price_drift{0};
  std::uint64_t seed = 1;  // of which notices are missed, and where prices go
};

// The outside world of a replay: stock, prices, demand and notices over the same ticks.
class SpotMarket {
 public:
  // `demand` has a count of nodes for each tick, >= 0. kInvalidArgument: no trace, pools of one
  // name, lengths that differ, or terms, prices or counts outside their ranges.
  [[nodiscard]] static Result<SpotMarket> Make(std::vector<SpotTrace> traces,
                                               std::vector<std::int64_t> demand,
                                               const SpotTerms& terms);

  const std::vector<SpotTrace>& traces() const { return traces_; }
  const SpotTerms& terms() const { return terms_; }
  const std::vector<std::int64_t>& demand() const { return demand_; }
  std::size_t ticks() const { return demand_.size(); }
  Duration StartOf(std::size_t tick) const { return terms_.gap * static_cast<std::int64_t>(tick); }

  // Whether what the pool loses at the start of a tick is announced. A pure function of the seed,
  // so that every policy meets the same notices.
  bool IsAnnounced(std::size_t pool, std::size_t tick) const;

  // What a node of the pool costs in a tick; never more than on demand by drifting alone.
  double PriceOf(std::size_t pool, std::size_t tick) const;

 private:
  SpotMarket() = default;

  std::vector<SpotTrace> traces_;
  std::vector<std::vector<double>> prices_;  // of each pool by tick; none where they stay
  std::vector<std::int64_t> demand_;
  SpotTerms terms_;
};

}  // namespace loadcurve::capacity
