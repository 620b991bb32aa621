#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::logs {

// Local times of one zone, as a log without offsets writes them, turned into UTC in the
// order of the log.
//
// The hour that a clock shows twice in autumn is the first one, until taking it would step
// back by more than five minutes; from then on it is the second. An hour that no clock
// showed in spring is taken as if the clock had not been put forward: 02:30 is 03:30.
//
// Not thread-safe, and the order of calls matters; a copy starts with what this one knows.
class LocalTime {
 public:
  // "" and "UTC" are UTC; else a name of the time zone database, "Europe/Berlin". An
  // unknown one is kInvalidArgument.
  [[nodiscard]] static Result<LocalTime> Make(const std::string& zone);

  // True where the clocks of the zone never change as far as the zone is UTC: then the
  // order of calls does not matter.
  bool IsUtc() const { return zone_ == nullptr; }

  TimePoint ToUtc(TimePoint local);

 private:
  struct Zone;

  std::shared_ptr<const Zone> zone_;
  std::optional<TimePoint> last_;
  bool is_second_pass_ = false;
};

}  // namespace loadcurve::logs
