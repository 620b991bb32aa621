#pragma once

#include <string_view>

#include "adapters/calendar/calendar_file.h"

namespace loadcurve::calendar {

// The YAML form, see ParseCalendar.
[[nodiscard]] Result<ReadCalendar> ParseYaml(std::string_view text, std::string_view file_name,
                                             const CalendarQuery& query);

}  // namespace loadcurve::calendar
