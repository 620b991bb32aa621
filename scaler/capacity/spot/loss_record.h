#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/units.h"

namespace loadcurve::capacity {

// What was seen in all of a pool, or of two pools at the same time. What was seen four weeks ago
// counts half.
struct SeenLosses {
  double hours = 0;  // in which there were nodes
  // Of these: lost. An hour in which a fifth of the nodes was lost counts as a fifth; of two pools,
  // as what both lost.
  double lost = 0;

  bool operator==(const SeenLosses&) const = default;
};

// How often nodes of spot pools were lost, and which pools fell in the same hours. It only counts:
// what follows is SpotRisk. A pool without nodes teaches nothing.
class LossRecord {
 public:
  // The nodes of a pool that are there, and those lost since the last look.
  struct Count {
    std::int64_t held = 0;
    std::int64_t lost = 0;
  };

  // What was between two looks further apart is not known, and left out.
  static constexpr Duration kLongestLook = std::chrono::minutes(15);

  // Each pool by name at `now`, in order of time; none: no node of it. An hour begins with the
  // first look and ends with the first one an hour later.
  void Note(Duration now, const std::map<std::string, Count>& pools);

  // The nodes that could be had of a pool at each step of a trace: whoever had them all lost what
  // they fell by. A rise is nothing bought. What is given is as one counted pool by pool; all
  // begin at the same time.
  static LossRecord Of(const std::map<std::string, std::span<const std::int64_t>>& stock,
                       Duration step);

  // By pool, and by two pools of which the first is the lesser name; whole hours alone.
  using Pools = std::map<std::string, SeenLosses>;
  using Pairs = std::map<std::pair<std::string, std::string>, SeenLosses>;

  const Pools& pools() const { return pools_; }
  const Pairs& pairs() const { return pairs_; }

  // Goes on from what another one counted.
  static LossRecord After(Pools pools, Pairs pairs);

  bool operator==(const LossRecord& other) const {
    return pools_ == other.pools_ && pairs_ == other.pairs_;
  }

 private:
  struct Hour {
    double seconds = 0;     // with nodes
    std::int64_t held = 0;  // at the last look
    std::int64_t most = 0;  // at once
    std::int64_t lost = 0;
  };

  void EndHour();

  Pools pools_;
  Pairs pairs_;
  std::map<std::string, Hour> hour_;
  std::optional<Duration> begun_at_;
  Duration last_{};
};

}  // namespace loadcurve::capacity
