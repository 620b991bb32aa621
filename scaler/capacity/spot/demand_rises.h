#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/units.h"

namespace loadcurve::capacity {

// The demand grows by `nodes` before a node ordered now is ready.
struct DemandRise {
  double per_second = 0;
  std::int64_t nodes = 0;  // > 0
};

// How often the demand grew by how much within the time that a node boots, in the last day or so:
// what is older counts less, by a factor of e a day.
class DemandRises {
 public:
  explicit DemandRises(Duration boot) : boot_(boot) {}

  // In order of time.
  void Observe(Duration now, std::int64_t demand);

  std::vector<DemandRise> Expected() const;

 private:
  Duration boot_;
  std::deque<std::pair<Duration, std::int64_t>> recent_;  // of one boot, and the last before it
  std::map<std::int64_t, double> counts_;                 // by rise, in observations
  double all_ = 0;
};

}  // namespace loadcurve::capacity
