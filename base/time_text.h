#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// RFC 3339 in UTC, "2026-10-10T13:55:36Z"; a fraction appears only where there is
// one, without trailing zeros ("...36.25Z").
std::string ToRfc3339(TimePoint time);

// Reads "2026-10-10T13:55:36Z" and kin: 'T', 't' or a space between; seconds and
// fraction may be absent; offset 'Z' or +hh:mm, +hhmm, absent = UTC; a date alone is
// its midnight; digits alone are seconds since the epoch, or milliseconds from 1e11
// on, with an optional fraction. Anything else is kInvalidArgument, which names the
// text and what was expected.
[[nodiscard]] Result<TimePoint> ParseTime(std::string_view text);

// "250us", "60s", "1m", "1.5h", "500ms", "7d"; "60" alone is refused, since a number
// without a unit is a guess. Negative or over 100 years is kInvalidArgument.
[[nodiscard]] Result<Duration> ParseDuration(std::string_view text);

// The shortest exact form that ParseDuration reads: "1m", "90s", "250ms".
std::string ToString(Duration duration);

}  // namespace loadcurve
