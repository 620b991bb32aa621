#include "adapters/calendar/ical_calendar.h"

#include <libical/ical.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/profile_codec/time_zones.h"

namespace loadcurve::calendar {
namespace {

constexpr std::chrono::seconds kWholeDay = std::chrono::days(1) - std::chrono::seconds(1);

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;

// The lines on which events begin, in their order; libical does not tell.
std::vector<int> EventLines(std::string_view text) {
  std::vector<int> lines;
  int line = 1;
  while (!text.empty()) {
    if (text.starts_with("BEGIN:VEVENT")) lines.push_back(line);
    const std::size_t end = text.find('\n');
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    ++line;
  }
  return lines;
}

std::string TextOf(icalcomponent* event, icalproperty_kind kind) {
  icalproperty* property = icalcomponent_get_first_property(event, kind);
  const char* text = property == nullptr ? nullptr : icalproperty_get_value_as_string(property);
  return text == nullptr ? "" : text;
}

std::string FirstOf(std::string text) {
  return text.substr(0, text.find(','));
}

// "launch, at last" of "launch\, at last".
std::string Unescaped(std::string text) {
  std::erase(text, '\\');
  return text;
}

TimePoint TimeOf(std::time_t seconds) {
  return TimePoint(std::chrono::seconds(seconds));
}

icaltimetype IcalTimeOf(TimePoint time) {
  return icaltime_from_timet_with_zone(
      static_cast<std::time_t>(
          std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count()),
      0, icaltimezone_get_utc_timezone());
}

// Instances of one repeating event that stand as events of their own.
using Overridden = std::map<std::string, std::set<std::time_t>>;

class EventReader {
 public:
  EventReader(const ZoneOffsets& zone, const TimeSpan& span, std::string_view file_name)
      : zone_(zone), span_(span), file_name_(file_name) {}

  void NoteOverride(icalcomponent* event) {
    const icaltimetype instance = icalcomponent_get_recurrenceid(event);
    if (icaltime_is_null_time(instance)) return;
    overridden_[TextOf(event, ICAL_UID_PROPERTY)].insert(
        icaltime_as_timet_with_zone(instance, icaltime_get_timezone(instance)));
  }

  // An event that begins on `line`.
  Result<void> Read(icalcomponent* event, int line) {
    if (TextOf(event, ICAL_STATUS_PROPERTY) == "CANCELLED") return {};
    LC_TRY_VOID(Check(event, line));
    current_ = {};
    current_.name = Unescaped(TextOf(event, ICAL_SUMMARY_PROPERTY));
    if (current_.name.empty()) current_.name = "without a name";
    current_.kind = Unescaped(FirstOf(TextOf(event, ICAL_CATEGORIES_PROPERTY)));
    if (current_.kind.empty()) current_.kind = current_.name;
    const icaltimetype start = icalcomponent_get_dtstart(event);
    is_by_clock_ = icaltime_get_timezone(start) == nullptr;
    is_day_ = start.is_date != 0;
    const bool is_override = !icaltime_is_null_time(icalcomponent_get_recurrenceid(event));
    const auto found = overridden_.find(TextOf(event, ICAL_UID_PROPERTY));
    skipped_ = is_override || found == overridden_.end() ? nullptr : &found->second;
    // A day more on either side, since times by the clock are not yet in UTC.
    icalcomponent_foreach_recurrence(event, IcalTimeOf(span_.from - std::chrono::days(1)),
                                     IcalTimeOf(span_.until + std::chrono::days(1)), &Take, this);
    return {};
  }

  std::vector<CalendarEvent> Events() && { return std::move(events_); }

 private:
  tl::unexpected<Error> Wrong(int line, const std::string& what) const {
    return Fail(ErrorCode::kInvalidArgument, file_name_ + ":" + std::to_string(line) + ": " + what);
  }

  Result<void> Check(icalcomponent* event, int line) const {
    if (const std::string error = TextOf(event, ICAL_XLICERROR_PROPERTY); !error.empty())
      return Wrong(line, "in this VEVENT: " + error.substr(0, 120));
    icalproperty* start = icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY);
    if (start == nullptr) return Wrong(line, "DTSTART is absent; expected when the event begins");
    icalparameter* zone = icalproperty_get_first_parameter(start, ICAL_TZID_PARAMETER);
    const icaltimetype time = icalcomponent_get_dtstart(event);
    if (icaltime_is_null_time(time))
      return Wrong(line, "DTSTART is '" + std::string(icalproperty_get_value_as_string(start)) +
                             "'; expected a time, as 20260612T200000");
    if (zone != nullptr && !time.is_date && icaltime_get_timezone(time) == nullptr)
      return Wrong(line, "TZID is '" + std::string(icalparameter_get_tzid(zone)) +
                             "'; expected a VTIMEZONE of the file or a time zone of this machine");
    for (icalproperty* rule = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
         rule != nullptr; rule = icalcomponent_get_next_property(event, ICAL_RRULE_PROPERTY)) {
      const auto frequency = icalproperty_get_rrule(rule).freq;
      if (frequency == ICAL_SECONDLY_RECURRENCE || frequency == ICAL_MINUTELY_RECURRENCE)
        return Wrong(line, "RRULE is '" + std::string(icalproperty_get_value_as_string(rule)) +
                               "'; expected a repetition by the hour or longer");
    }
    return {};
  }

  static void Take(icalcomponent*, icaltime_span* span, void* reader) {
    static_cast<EventReader*>(reader)->Keep(span->start, span->end);
  }

  void Keep(std::time_t start, std::time_t end) {
    if (skipped_ != nullptr && skipped_->contains(start)) return;
    CalendarEvent event = current_;
    event.from = ByClock(TimeOf(start));
    // libical takes the end of a day for its last second, and for part of it.
    event.until = ByClock(TimeOf(end) - (is_day_ ? kWholeDay : std::chrono::seconds(0)));
    // One without an end has no length, and can do nothing to a load.
    const bool is_shown = event.from < span_.until && event.until > span_.from;
    if (event.until > event.from && is_shown) events_.push_back(std::move(event));
  }

  TimePoint ByClock(TimePoint time) const {
    return is_by_clock_ ? zone_.InstantsOf(WallTime(time.time_since_epoch())).first : time;
  }

  const ZoneOffsets& zone_;
  const TimeSpan& span_;
  std::string file_name_;
  Overridden overridden_;
  std::vector<CalendarEvent> events_;
  // Of the event that is read:
  CalendarEvent current_;
  bool is_by_clock_ = false;
  bool is_day_ = false;
  const std::set<std::time_t>* skipped_ = nullptr;
};

template <class Use>
void ForEachEvent(icalcomponent* component, const Use& use) {
  for (icalcomponent* inner = icalcomponent_get_first_component(component, ICAL_ANY_COMPONENT);
       inner != nullptr; inner = icalcomponent_get_next_component(component, ICAL_ANY_COMPONENT)) {
    if (icalcomponent_isa(inner) == ICAL_VEVENT_COMPONENT) use(inner);
    if (icalcomponent_isa(inner) == ICAL_VCALENDAR_COMPONENT) ForEachEvent(inner, use);
  }
}

// X-WR-TIMEZONE, which most programs write; empty where it is absent.
std::string ZoneNameOf(icalcomponent* root) {
  for (icalproperty* property = icalcomponent_get_first_property(root, ICAL_X_PROPERTY);
       property != nullptr; property = icalcomponent_get_next_property(root, ICAL_X_PROPERTY)) {
    const char* name = icalproperty_get_x_name(property);
    if (name != nullptr && std::string_view(name) == "X-WR-TIMEZONE")
      return icalproperty_get_value_as_string(property);
  }
  return "";
}

}  // namespace

Result<ReadCalendar> ParseIcal(std::string_view text, std::string_view file_name,
                               const CalendarQuery& query) {
  icalerror_set_errors_are_fatal(0);
  const Component root(icalparser_parse_string(std::string(text).c_str()));
  if (!root)
    return Fail(ErrorCode::kInvalidArgument,
                std::string(file_name) +
                    ":1: this is not iCalendar; expected BEGIN:VCALENDAR to "
                    "END:VCALENDAR");
  ReadCalendar read;
  const std::string zone_name = query.zone_name.empty() ? ZoneNameOf(root.get()) : query.zone_name;
  read.has_zone = !zone_name.empty();
  if (read.has_zone) {
    auto zone = profile_codec::FindTimeZone(zone_name);
    if (!zone) return Within(file_name, zone.error());
    read.zone = *std::move(zone);
  }
  EventReader reader(read.zone, query.span, file_name);
  ForEachEvent(root.get(), [&](icalcomponent* event) { reader.NoteOverride(event); });
  const std::vector<int> lines = EventLines(text);
  std::size_t index = 0;
  Result<void> done;
  ForEachEvent(root.get(), [&](icalcomponent* event) {
    const int line = index < lines.size() ? lines[index] : 1;
    ++index;
    if (done) done = reader.Read(event, line);
  });
  if (!done) return tl::unexpected<Error>(std::move(done).error());
  LC_TRY(read.calendar, Calendar::Make(std::move(reader).Events()));
  return read;
}

}  // namespace loadcurve::calendar
