#pragma once

#include <optional>
#include <string>

#include "base/units.h"
#include "metrics/capacity/capacity_watch.h"

namespace loadcurve {

// What is known of the load that one replica carries, and what decisions stand on. Loads are those
// at all of what binds, in the scale of the profile.
struct CapacityReport {
  std::string revision{};               // that is watched; empty: none yet
  std::optional<MetricsQps> profile{};  // by the profile, or what was adopted in its place
  std::optional<MetricsQps>
      planned{};                     // what decisions stand on; `profile` where nothing was learnt
  std::optional<TimePoint> since{};  // `planned` is another than `profile` since then

  // What was learnt, with its 90 % interval; absent where nothing was.
  std::optional<MetricsQps> load{};
  std::optional<MetricsQps> low{};
  std::optional<MetricsQps> high{};
  bool is_inherited = false;  // from the revision before, and corrected by what the CPU became

  std::string why{};  // how `planned` follows, or why nothing is learnt
  // The last release that could be judged.
  std::optional<RevisionNews> news{};

  bool operator==(const CapacityReport&) const = default;
};

}  // namespace loadcurve
