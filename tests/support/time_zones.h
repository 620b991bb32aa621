#pragma once

#include "base/time_text.h"
#include "scaler/zone_offsets.h"

namespace loadcurve {

inline TimePoint At(std::string_view text) {
  return ParseTime(text).value();
}

// Their clocks in 2026.
inline ZoneOffsets Berlin() {
  using std::chrono::hours;
  return ZoneOffsets::Make(
             "Europe/Berlin", hours(1),
             {{At("2026-03-29T01:00:00Z"), hours(2)}, {At("2026-10-25T01:00:00Z"), hours(1)}})
      .value();
}

inline ZoneOffsets NewYork() {
  using std::chrono::hours;
  return ZoneOffsets::Make(
             "America/New_York", hours(-5),
             {{At("2026-03-08T07:00:00Z"), hours(-4)}, {At("2026-11-01T06:00:00Z"), hours(-5)}})
      .value();
}

}  // namespace loadcurve
