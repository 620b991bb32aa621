#include "adapters/calendar/yaml_calendar.h"

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/profile_codec/time_zones.h"
#include "adapters/profile_codec/yaml_fields.h"
#include "base/time_text.h"

namespace loadcurve::calendar {
namespace {

using profile_codec::Fields;
using profile_codec::Reading;

// More repetitions than five years of hours are a wrong expression.
constexpr std::size_t kMostRepetitions = 50'000;
constexpr std::size_t kDateLength = 10;  // 2026-12-25

TimePoint ByClock(TimePoint shown, const ZoneOffsets& zone) {
  return zone.InstantsOf(WallTime(shown.time_since_epoch())).first;
}

// By the clocks of the zone, unless an offset or Z stands behind it.
std::optional<TimePoint> TimeOf(const std::string& text, const ZoneOffsets& zone) {
  const auto time = ParseTime(text);
  if (!time) return std::nullopt;
  const bool has_offset =
      text.back() == 'Z' || text.find_first_of("+-", kDateLength) != std::string::npos;
  return has_offset ? *time : ByClock(*time, zone);
}

// Reads one entry of the list; what it says more than once is unrolled.
class EventReader {
 public:
  EventReader(const ZoneOffsets& zone, const TimeSpan& span, std::vector<CalendarEvent>& events)
      : zone_(zone), span_(span), events_(events) {}

  void Read(Fields& fields) {
    CalendarEvent event;
    fields.Require("name", "what people call it");
    fields.Text("name", event.name);
    event.kind = event.name;
    fields.Text("kind", event.kind);
    if (event.kind.empty()) fields.Refuse(fields.Has("kind") ? "kind" : "name", "a text");
    fields.Number("lift", event.lift);
    if (event.lift && !(*event.lift > 0)) fields.Refuse("lift", "a ratio above 0, as 2.5");
    const int forms = int{fields.Has("date")} + int{fields.Has("start")} + int{fields.Has("cron")};
    if (forms != 1) {
      constexpr auto kForms = "one of date, start (with duration or end) and cron (with duration)";
      for (const char* name : {"date", "start", "cron", "end", "duration"})
        if (fields.Has(name)) Seen(fields, name);
      fields.reading().RefuseAt(fields.node().Mark().line + 1,
                                fields.path() + " says " + std::to_string(forms) +
                                    " times when it is; expected " + kForms);
      return;
    }
    if (fields.Has("date")) return ReadDay(fields, event);
    if (fields.Has("cron")) return ReadCron(fields, event);
    ReadOnce(fields, event);
  }

 private:
  static void Seen(Fields& fields, const std::string& name) {
    std::string text;
    fields.Text(name, text);
  }

  std::optional<TimePoint> Time(Fields& fields, const std::string& name) const {
    constexpr std::string_view kExpected =
        "a time, as in 2026-06-12T20:00 by the clocks of timeZone, or 2026-06-12T18:00Z";
    fields.Require(name, kExpected);
    std::string text;
    fields.Text(name, text);
    if (!fields.Has(name)) return std::nullopt;
    const auto time = text.size() > kDateLength ? TimeOf(text, zone_) : std::nullopt;
    if (!time) fields.Refuse(name, kExpected);
    return time;
  }

  void ReadDay(Fields& fields, CalendarEvent& event) {
    std::string text;
    fields.Text("date", text);
    const auto time = text.size() == kDateLength ? ParseTime(text + "T00:00:00Z")
                                                 : Fail(ErrorCode::kInvalidArgument, "");
    if (!time) return fields.Refuse("date", "a day, as in 2026-12-25");
    event.from = ByClock(*time, zone_);
    event.until = ByClock(*time + std::chrono::days(1), zone_);
    Keep(event);
  }

  void ReadOnce(Fields& fields, CalendarEvent& event) {
    const auto from = Time(fields, "start");
    if (fields.Has("duration") == fields.Has("end")) {
      Duration duration{0};
      fields.Span("duration", duration);
      if (fields.Has("end")) Seen(fields, "end");
      return fields.reading().RefuseAt(
          fields.node().Mark().line + 1,
          fields.path() + " has " +
              (fields.Has("end") ? "both duration and" : "neither duration nor") +
              " end; expected one of them");
    }
    if (fields.Has("end")) {
      const auto until = Time(fields, "end");
      if (!from || !until) return;
      if (*until <= *from) return fields.Refuse("end", "a time after the start");
      event.from = *from;
      event.until = *until;
      return Keep(event);
    }
    const auto duration = DurationOf(fields);
    if (!from || !duration) return;
    event.from = *from;
    event.until = *from + *duration;
    Keep(event);
  }

  std::optional<Duration> DurationOf(Fields& fields) const {
    Duration duration{0};
    fields.Require("duration", "how long it lasts, as 2h");
    fields.Span("duration", duration);
    if (!fields.Has("duration")) return std::nullopt;
    if (duration <= Duration(0)) {
      fields.Refuse("duration", "more than zero, as 2h");
      return std::nullopt;
    }
    return duration;
  }

  void ReadCron(Fields& fields, CalendarEvent& event) {
    std::string text;
    fields.Text("cron", text);
    const auto duration = DurationOf(fields);
    auto times = CronTimes::Parse(text);
    if (!times)
      return fields.Refuse("cron",
                           "five fields of cron, as in 0 9 * * tue: " + times.error().message);
    if (!duration) return;
    const PolicyWindow window{.recurrence = Recurrence{*std::move(times), zone_, *duration}};
    TimePoint time = span_.from - *duration;
    for (std::size_t i = 0; i < kMostRepetitions; ++i) {
      const auto next = NextSpan(window, time, span_.until);
      if (!next) return;
      event.from = next->from;
      event.until = next->until;
      Keep(event);
      time = next->from;
    }
    fields.Refuse("cron", "at most " + std::to_string(kMostRepetitions) +
                              " events within the series and its forecast");
  }

  void Keep(const CalendarEvent& event) {
    if (event.from < span_.until && event.until > span_.from) events_.push_back(event);
  }

  const ZoneOffsets& zone_;
  const TimeSpan& span_;
  std::vector<CalendarEvent>& events_;
};

void ReadZone(Fields& fields, const CalendarQuery& query, ReadCalendar& read) {
  std::string name = "UTC";
  fields.Text("timeZone", name);
  read.has_zone = fields.Has("timeZone") || !query.zone_name.empty();
  if (!query.zone_name.empty()) return;
  auto zone = profile_codec::FindTimeZone(name);
  if (!zone)
    return fields.Refuse("timeZone",
                         "a name in the time zone database of this machine, as Europe/Berlin");
  read.zone = *std::move(zone);
}

Result<ReadCalendar> ReadDocument(const YAML::Node& document, Reading& reading,
                                  const CalendarQuery& query) {
  ReadCalendar read;
  std::vector<CalendarEvent> events;
  Fields fields(document, "", reading);
  if (fields.is_mapping()) {
    ReadZone(fields, query, read);
    if (!query.zone_name.empty()) {
      LC_TRY(read.zone, profile_codec::FindTimeZone(query.zone_name));
    }
    fields.Require("events", "a list of events");
    EventReader reader(read.zone, query.span, events);
    fields.Each("events", [&](Fields& event) { reader.Read(event); });
    fields.Finish();
  }
  if (!reading.faults().empty()) return Fail(ErrorCode::kInvalidArgument, reading.faults().front());
  LC_TRY(read.calendar, Calendar::Make(std::move(events)));
  return read;
}

}  // namespace

Result<ReadCalendar> ParseYaml(std::string_view text, std::string_view file_name,
                               const CalendarQuery& query) {
  Reading reading{std::string(file_name)};
  try {
    return ReadDocument(YAML::Load(std::string(text)), reading, query);
  } catch (const YAML::Exception& error) {
    return Fail(ErrorCode::kInvalidArgument, std::string(file_name) + ":" +
                                                 std::to_string(error.mark.line + 1) + ": " +
                                                 error.msg + "; expected YAML or iCalendar");
  }
}

}  // namespace loadcurve::calendar
