#include "adapters/logs/local_time.h"

#include <date/tz.h>

#include <exception>
#include <utility>

namespace loadcurve::logs {

struct LocalTime::Zone {
  const date::time_zone* rules;
};

namespace {

constexpr Duration kOutOfOrder = std::chrono::minutes(5);

}  // namespace

Result<LocalTime> LocalTime::Make(const std::string& zone) {
  LocalTime local;
  if (zone.empty() || zone == "UTC") return local;
  try {
    local.zone_ = std::make_shared<const Zone>(Zone{date::locate_zone(zone)});
  } catch (const std::exception&) {
    return Fail(ErrorCode::kInvalidArgument,
                "time zone '" + zone + "' is not in the time zone database of this machine; " +
                    "expected a name such as Europe/Berlin");
  }
  return local;
}

TimePoint LocalTime::ToUtc(TimePoint local) {
  if (zone_ == nullptr) return local;
  const date::local_info known =
      zone_->rules->get_info(date::local_time<Duration>(local.time_since_epoch()));
  const TimePoint first = local - known.first.offset;
  if (known.result != date::local_info::ambiguous) {
    is_second_pass_ = false;
    last_ = first;
    return first;
  }
  const TimePoint second = local - known.second.offset;
  if (last_ && first < *last_ - kOutOfOrder) is_second_pass_ = true;
  last_ = is_second_pass_ ? second : first;
  return *last_;
}

}  // namespace loadcurve::logs
