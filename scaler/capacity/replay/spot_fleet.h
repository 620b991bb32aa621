#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/units.h"
#include "scaler/capacity/replay/spot_policy.h"

namespace loadcurve::capacity {

// The nodes of a replay: what boots, serves, is announced as lost, and is paid for. On-demand nodes
// are one more pool, which never loses any.
class SpotFleet {
 public:
  // Starts with `on_demand` ready nodes.
  SpotFleet(std::size_t spot_pools, Duration boot, std::int64_t on_demand);

  // What a node of each spot pool costs from now on; on demand it costs 1.
  void UsePrices(std::span<const double> prices);

  // Orders what is missing of a target, at most up to `stock` of each pool, and notes what is not
  // wanted any more. The orders, in nodes.
  std::int64_t Aim(const SpotTarget& target, const std::vector<std::int64_t>& stock, Duration now);

  // Gives back what is not wanted: booting nodes at once, ready ones as soon as as many as are
  // wanted are ready without them; dear ones first.
  void GiveBack(Duration now);

  // Announces that the pool will have no more than `left` nodes at the start of `tick`.
  void Announce(std::size_t pool, std::int64_t left, std::size_t tick);
  // The start of `tick`: what was announced for it goes, and what is beyond `left`, oldest first.
  // How many went.
  std::int64_t Lose(std::size_t pool, std::int64_t left, std::size_t tick);

  // The next moment at which a node becomes ready, after `now`.
  std::optional<Duration> NextReady(Duration now) const;

  PoolMoment Pool(std::size_t pool, Duration now) const;
  std::int64_t Ready(Duration now) const;  // of all kinds, also those announced as lost
  std::int64_t OnDemand() const;           // that are paid for
  std::int64_t Spot() const;               // that are paid for
  double SpotPrice() const;                // of those together; an on-demand node costs 1

 private:
  // Nodes ordered together.
  struct Batch {
    std::int64_t nodes = 0;
    Duration ready_at{0};
    std::optional<std::size_t> lost_at{};  // the tick, where it is announced
  };
  using Batches = std::vector<Batch>;  // oldest first

  Duration boot_;
  std::vector<double> prices_;         // of each
  std::vector<Batches> pools_;         // the last one is on-demand
  std::vector<std::int64_t> wanted_;   // of each
  std::vector<std::size_t> by_price_;  // dearest first
};

}  // namespace loadcurve::capacity
