#include "adapters/calendar/calendar_file.h"

#include "adapters/calendar/ical_calendar.h"
#include "adapters/calendar/yaml_calendar.h"
#include "adapters/files/whole_file.h"

namespace loadcurve::calendar {

Result<ReadCalendar> ParseCalendar(std::string_view text, std::string_view file_name,
                                   const CalendarQuery& query) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text.substr(first).starts_with("BEGIN:VCALENDAR"))
    return ParseIcal(text, file_name, query);
  return ParseYaml(text, file_name, query);
}

Result<ReadCalendar> ReadCalendarFile(const std::string& path, const CalendarQuery& query) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParseCalendar(text, path, query);
}

}  // namespace loadcurve::calendar
