#pragma once

#include <cstddef>
#include <span>

#include "base/units.h"

namespace loadcurve {

// A stretch of time in which at least so much is needed: replicas, or shares of a count.
struct PathStretch {
  double steps = 0;  // > 0
  double need = 0;   // >= 0, of the busiest moment
};

// How the cheapest path begins.
struct PathStart {
  double count = 0;
  bool stays = false;         // the count is the current one
  std::size_t stretches = 0;  // for which the count stays, at least 1
  // Of the whole path, and of the cheapest that changes (or keeps) the count now where this one
  // does not; in counts times steps.
  double cost = 0;
  double other_cost = 0;
};

// The path of counts over all stretches that costs least:
//
//   sum over stretches of steps * count  +  change_cost for each change of the count
//
// with count >= need in each, beginning at `current`. A stretch is carried by one count from its
// first moment on. Exact, by dynamic programming over the stretches at which a count changes (the
// lot sizes of Wagner and Whitin, Management Science 5, 1958): between two changes the cheapest
// count is the highest need. What a step short of capacity costs is in the needs, each the cheapest
// count of its window. Of paths that cost the same the one that changes later is taken, so that
// nothing changes where it saves nothing.
//
// A current count that is enough for the first stretch is never raised here, and later needs beyond
// it count as met by it: more is asked for when it is due. With that, and in shares of what is
// needed now, more load never begins with fewer replicas; of the cheapest path by itself this would
// not hold, for it may come down before it grows where the need is large, and stay where it is
// small. Of needs that are whole the counts are whole.
//
// At least one stretch, at most kMostStretches; change_cost >= 0.
PathStart CheapestPath(double current, std::span<const PathStretch> stretches, double change_cost);

inline constexpr std::size_t kMostStretches = 16;

// After a count fell it does not shrink again for so long. A need that falls is followed by an HPA
// one minute of its window of five after the other, in up to five shrinks; what is wanted in the
// meantime is one to where it settles.
inline constexpr Duration kBetweenShrinks = std::chrono::minutes(10);

}  // namespace loadcurve
