#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace loadcurve::capacity {

// A spot pool as a policy sees it.
struct PoolMoment {
  std::int64_t in_stock = 0;  // at the start of this tick, those that are held included
  // The most that may be held: what is in stock, and while nodes of the pool are announced as lost,
  // when it takes no orders, `held`.
  std::int64_t stock = 0;
  std::int64_t held = 0;     // booting or ready, without those that are announced as lost
  std::int64_t ready = 0;    // of those
  std::int64_t leaving = 0;  // announced as lost
  double price = 0;          // of a node in this tick; an on-demand node costs 1
};

// What a policy knows when it is asked: at the start of each tick, and whenever losses are
// announced.
struct SpotMoment {
  Duration now{0};          // since the start of the replay
  std::size_t tick = 0;     // that `now` lies in
  bool is_notice = false;   // asked because of one, within the tick
  std::int64_t demand = 0;  // nodes, of this tick
  std::span<const PoolMoment> pools;
  std::int64_t on_demand = 0;        // booting or ready
  std::int64_t on_demand_ready = 0;  // of those
  double paid = 0;                   // so far, by all nodes together, in on-demand node-seconds
};

// How many nodes there should be.
struct SpotTarget {
  std::vector<std::int64_t> spot;  // one count a pool; what is beyond its stock is not to be had
  std::int64_t on_demand = 0;
};

// A pool, as policies know it beforehand.
struct SpotPool {
  std::string name;
  std::string region;
};

// What a policy is made for.
struct SpotPolicyTerms {
  std::vector<SpotPool> pools;
  Duration gap{0};
  Duration boot{0};
  Duration notice{0};
};

// A rule that says how many nodes to hold where. Asked in order of time. What it says may depend on
// the moments that it was shown and on nothing else.
class SpotPolicy {
 public:
  virtual ~SpotPolicy() = default;
  virtual std::string_view name() const = 0;
  virtual SpotTarget Wanted(const SpotMoment& moment) = 0;
};

}  // namespace loadcurve::capacity
