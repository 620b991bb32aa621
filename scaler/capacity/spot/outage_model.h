#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"
#include "scaler/capacity/spot/hazard_regression.h"

namespace loadcurve::capacity {

// A spot pool whose losses are learnt.
struct OutagePool {
  std::string name;
  std::string region;
  std::int64_t most_nodes = 1;  // that one would hold in it; >= 1
};

// Something that may happen to pools together.
struct OutageEvent {
  double per_second = 0;
  std::vector<std::int64_t> left;  // of each pool, the most nodes that stay
};

// What is learnt, from the stock of pools alone, of when they fall and which fall together.
//
// A node is the safer the lower it stands: the k-th of a pool is lost when the stock falls below k.
// Each such slice has an age, since when its stock was there without a break. Its rate of losses is
// a HazardRegression on what the pool is, that age, how much of the pool stands above it, how much
// of the region and of the other regions is away now, and how much of the pool was there within the
// last day. What a pool takes along when it falls, within the time that a new node boots, is
// counted for each pair of pools and drawn towards the mean of all pairs within a region, or
// across.
class OutageModel {
 public:
  // `window` is the time that a new node boots. Pools at least one.
  OutageModel(std::vector<OutagePool> pools, Duration window);

  // The stock of each pool at `now`, nodes that are held included. In order of time.
  void Observe(Duration now, std::span<const std::int64_t> stock);

  // How many times a second the first, second ... of `nodes` nodes of a pool is lost, in the mean
  // of the next `horizon`; 0 where the pool has not so many.
  std::vector<double> LossRates(std::size_t pool, std::int64_t nodes, Duration horizon) const;

  // The chance that `other` falls within the window after `pool` fell.
  double TogetherChance(std::size_t pool, std::size_t other) const;

  // What may happen within `horizon`: each pool falling to each of its levels, alone or with
  // another. Pools without stock do not fall.
  std::vector<OutageEvent> Events(Duration horizon) const;

  // The same while pools are announced as lost (`leaving`): the others may be falling with them.
  // A pool in which nodes are held that are not announced (`is_watched`) would have told, but for
  // the share of notices that are missed.
  std::vector<OutageEvent> EventsAfter(const std::vector<bool>& leaving,
                                       const std::vector<bool>& is_watched,
                                       Ratio missed_notice) const;

 private:
  // Nodes of a pool are looked at in at most so many slices.
  static constexpr std::int64_t kMostSlices = 16;

  struct Pool {
    OutagePool told;
    std::int64_t slice = 1;                         // nodes of one
    std::vector<std::optional<Duration>> up_since;  // of each slice, from the lowest up
    double recent_up = 0;                           // share of its nodes, summed with decay
    double recent_all = 0;
    double up_share = 0;  // now

    std::int64_t NodesUpTo(std::size_t index) const {
      return static_cast<std::int64_t>(index + 1) * slice;
    }
    // Of all slices, those that are there and came later than this one.
    double ShareAbove(std::size_t index) const;
  };
  struct SliceState {
    double age = 0;       // seconds
    bool is_new = false;  // seen twice at most
    double above = 0;     // share
  };
  // What others do within the window after a loss.
  struct Watch {
    std::size_t pool = 0;
    Duration until{0};
    std::vector<std::int64_t> before;
    std::vector<std::int64_t> least;
  };

  bool IsSameRegion(std::size_t pool, std::size_t other) const;
  void FillFeatures(std::size_t pool, const SliceState& state) const;
  double SliceRate(std::size_t pool, std::size_t slice, Duration horizon) const;
  bool LearnLosses(std::size_t pool, double seconds, std::int64_t stock);
  void FollowWatches(Duration now, std::span<const std::int64_t> stock);
  void Note(std::size_t pool, Duration now, std::int64_t stock);

  std::vector<Pool> pools_;
  Duration window_;
  HazardRegression hazard_;
  std::vector<std::int64_t> stock_;
  std::optional<Duration> last_;
  double step_ = 60;  // seconds between the last two observations
  std::vector<Watch> watches_;
  std::vector<std::vector<double>> taken_;  // [pool][other]: shares taken along, summed
  std::vector<std::vector<double>> falls_;  // of how many
  mutable std::vector<double> features_;
};

}  // namespace loadcurve::capacity
