#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// What the clocks of a place show.
using WallTime = std::chrono::local_time<Duration>;

// From `at` on the clocks of a zone are `offset` ahead of UTC.
struct OffsetChange {
  TimePoint at;
  std::chrono::seconds offset;

  bool operator==(const OffsetChange&) const = default;
};

// The clocks of one time zone, as a table; where it comes from is not known here.
class ZoneOffsets {
 public:
  // UTC.
  ZoneOffsets() = default;

  // `before`: what holds before the first change. kInvalidArgument: changes that are not in order,
  // or an offset of more than 26 hours.
  [[nodiscard]] static Result<ZoneOffsets> Make(std::string name, std::chrono::seconds before,
                                                std::vector<OffsetChange> changes);

  // "Europe/Berlin".
  const std::string& name() const { return name_; }

  WallTime WallTimeAt(TimePoint time) const;

  // When the clocks showed a time: the first and the last instant, which differ where clocks were
  // put back over it. Where they were put forward over it no clock showed it; both are then the
  // moment at which they were.
  struct Instants {
    TimePoint first;
    TimePoint last;
    bool was_shown = true;
  };
  Instants InstantsOf(WallTime time) const;

  bool operator==(const ZoneOffsets&) const = default;

 private:
  // Before change `i`, or after the last.
  std::chrono::seconds OffsetBefore(std::size_t i) const;
  // The first change after `time`.
  std::size_t ChangeAfter(TimePoint time) const;

  std::string name_ = "UTC";
  std::chrono::seconds before_{0};
  std::vector<OffsetChange> changes_;
};

}  // namespace loadcurve
