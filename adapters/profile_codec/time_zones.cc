#include "adapters/profile_codec/time_zones.h"

#include <date/tz.h>

#include <exception>
#include <utility>
#include <vector>

namespace loadcurve::profile_codec {
namespace {

const date::sys_seconds kSince = date::sys_days(date::year(1970) / 1 / 1);
const date::sys_seconds kUntil = date::sys_days(date::year(2038) / 1 / 1);

}  // namespace

Result<ZoneOffsets> FindTimeZone(const std::string& name) {
  if (name == "UTC") return ZoneOffsets();
  try {
    const date::time_zone* const zone = date::locate_zone(name);
    date::sys_info info = zone->get_info(kSince);
    const std::chrono::seconds before = info.offset;
    std::vector<OffsetChange> changes;
    while (info.end < kUntil) {
      const std::chrono::seconds offset = info.offset;
      info = zone->get_info(info.end);
      if (info.offset != offset) changes.push_back({info.begin, info.offset});
    }
    return ZoneOffsets::Make(name, before, std::move(changes));
  } catch (const std::exception&) {
    return Fail(ErrorCode::kNotFound, "there is no time zone '" + name + "'");
  }
}

}  // namespace loadcurve::profile_codec
