#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "base/units.h"

namespace loadcurve::capacity {

// The demand grows by `nodes` before a node ordered now is ready.
struct DemandRise {
  double per_second = 0;
  std::int64_t nodes = 0;  // > 0
};

// How likely the demand grows by how much within the time that a node boots. A demand that has just
// fallen mostly comes back, and one that has just risen mostly does not rise again: so what counts
// is how far it went, in the last day or so, from the level that it had one boot before, a mean of
// some minutes. What is older counts less, by a factor of e a day.
class DemandRises {
 public:
  explicit DemandRises(Duration boot) : boot_(boot) {}

  // In order of time.
  void Observe(Duration now, std::int64_t demand);

  std::vector<DemandRise> Expected() const;

 private:
  struct Seen {
    Duration at{0};
    std::int64_t demand = 0;
    double level = 0;  // nodes
  };

  Duration boot_;
  std::deque<Seen> recent_;              // of one boot, and the last before it
  std::map<std::int64_t, double> gone_;  // observations, by steps from the level one boot before
  double all_ = 0;
};

}  // namespace loadcurve::capacity
