#pragma once

#include <cmath>
#include <optional>
#include <string>

#include "base/units.h"
#include "metrics/capacity/capacity_watch.h"

namespace loadcurve {

// What is known of the load that one replica carries, and what decisions stand on. Loads are those
// at all of what binds, in the scale of the profile.
struct CapacityReport {
  std::string scale{};                  // the version of the weights
  std::string revision{};               // that is watched; empty: none yet
  std::optional<MetricsQps> profile{};  // by the profile, or what was adopted in its place
  std::optional<MetricsQps>
      planned{};                     // what decisions stand on; `profile` where nothing was learnt
  std::optional<TimePoint> since{};  // `planned` is another than `profile` since then

  // What was learnt, with its 90 % interval; absent where nothing was.
  std::optional<MetricsQps> load{};
  std::optional<MetricsQps> low{};
  std::optional<MetricsQps> high{};
  // Of that, what the closed loop on the latency target leaves; in (0, 1].
  double latency_share = 1;
  bool is_inherited = false;  // from the revision before, and corrected by what the CPU became

  std::string why{};  // how `planned` follows, or why nothing is learnt
  // The last release that could be judged.
  std::optional<RevisionNews> news{};
  // Where revisions are compared: what another process needs to go on.
  std::optional<CapacityWatchState> watch{};

  bool operator==(const CapacityReport&) const = default;
};

// Whether both are of the same capacity of a profile; a sum written and read again is.
inline bool IsForSame(const CapacityReport& a, const CapacityReport& b) {
  constexpr double kSame = 1e-9;
  return a.scale == b.scale && a.profile && b.profile &&
         std::abs(*a.profile / *b.profile - 1) < kSame;
}

}  // namespace loadcurve
