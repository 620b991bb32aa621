#include "cmd/calendar_option.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "adapters/calendar/calendar_file.h"
#include "adapters/profile_codec/time_zones.h"

namespace loadcurve {

void CalendarOption::AddTo(CLI::App& command) {
  command
      .add_option("--calendar", path_,
                  "Holidays and events, iCalendar or YAML: what they did before is expected again")
      ->option_text("FILE");
  command
      .add_option(
          "--time-zone", zone_,
          "Whose clocks the load follows, through daylight saving (default: the calendar's)")
      ->option_text("NAME");
}

Result<std::optional<CalendarContext>> CalendarOption::Read(const LoadSeries& series,
                                                            std::size_t horizon,
                                                            bool is_wide) const {
  if (path_.empty() && zone_.empty()) return std::nullopt;
  if (is_wide)
    return Fail(ErrorCode::kInvalidArgument,
                std::string(path_.empty() ? "--time-zone" : "--calendar") +
                    " does not go with --wide: the file holds no times");
  calendar::ReadCalendar read;
  if (!zone_.empty()) {
    auto zone = profile_codec::FindTimeZone(zone_);
    if (!zone) return Within("--time-zone", zone.error());
    read.zone = *std::move(zone);
    read.has_zone = true;
  }
  if (!path_.empty()) {
    const TimePoint until = series.TimeAt(series.size() + horizon);
    LC_TRY(read, calendar::ReadCalendarFile(path_,
                                            {.span = {series.start(), until}, .zone_name = zone_}));
  }
  CalendarContext context{std::move(read.calendar), std::nullopt};
  if (read.has_zone)
    context.clock = WallClock([zone = std::move(read.zone)](TimePoint time) {
      return std::chrono::duration_cast<std::chrono::seconds>(
          zone.WallTimeAt(time).time_since_epoch() - time.time_since_epoch());
    });
  return context;
}

}  // namespace loadcurve
