#include "adapters/calendar/calendar_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/time_text.h"

namespace loadcurve::calendar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TimePoint At(const std::string& text) {
  return ParseTime(text).value();
}

CalendarQuery Year2026(std::string zone = "") {
  return {{At("2026-01-01T00:00:00Z"), At("2027-01-01T00:00:00Z")}, std::move(zone)};
}

// "sale: summer sale 2026-06-12T18:00:00Z to 2026-06-12T20:00:00Z"
std::vector<std::string> EventsOf(const std::string& text, const std::string& zone = "") {
  const auto read = ParseCalendar(text, "calendar", Year2026(zone));
  if (!read) return {read.error().message};
  std::vector<std::string> events;
  for (const CalendarEvent& event : read->calendar.events())
    events.push_back(event.kind + ": " + event.name + " " + ToRfc3339(event.from) + " to " +
                     ToRfc3339(event.until));
  return events;
}

TEST(YamlCalendar, ReadsTimesByItsClocksDaysAndRepetitions) {
  EXPECT_THAT(
      EventsOf("timeZone: Europe/Berlin\n"
               "events:\n"
               "  - {name: summer sale, kind: sale, start: 2026-06-12T20:00, duration: 2h}\n"
               "  - {name: launch, start: 2026-07-01T10:00:00Z, end: 2026-07-01T14:00:00Z}\n"
               "  - {name: Christmas, kind: holiday, date: 2026-12-25}\n"
               "  - {name: new year's mail, cron: 0 9 1 1 *, duration: 30m}\n"),
      ElementsAre("new year's mail: new year's mail 2026-01-01T08:00:00Z to 2026-01-01T08:30:00Z",
                  "sale: summer sale 2026-06-12T18:00:00Z to 2026-06-12T20:00:00Z",
                  "launch: launch 2026-07-01T10:00:00Z to 2026-07-01T14:00:00Z",
                  "holiday: Christmas 2026-12-24T23:00:00Z to 2026-12-25T23:00:00Z"));
}

TEST(YamlCalendar, KnowsThatTheDayOnWhichClocksArePutForwardHas23Hours) {
  EXPECT_THAT(EventsOf("timeZone: Europe/Berlin\nevents: [{name: a, date: 2026-03-29}]\n"),
              ElementsAre("a: a 2026-03-28T23:00:00Z to 2026-03-29T22:00:00Z"));
}

TEST(YamlCalendar, TakesTheUsersZoneAndLeavesOutWhatLiesOutside) {
  EXPECT_THAT(EventsOf("events: [{name: a, date: 2026-03-02}, {name: b, date: 2028-03-02}]\n",
                       "Asia/Tokyo"),
              ElementsAre("a: a 2026-03-01T15:00:00Z to 2026-03-02T15:00:00Z"));
  EXPECT_FALSE(ParseCalendar("events: []\n", "c", Year2026())->has_zone);
  EXPECT_TRUE(ParseCalendar("events: []\n", "c", Year2026("UTC"))->has_zone);
}

TEST(YamlCalendar, NamesTheLineOfWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"events:\n  - {name: a, date: 2026-13-01}\n", "calendar:2: events[0].date is '2026-13-01'"},
      {"events:\n  - {name: a, date: 2026-01-01T00:00}\n", "expected a day, as in 2026-12-25"},
      {"events:\n  - {name: a}\n", "calendar:2: events[0] says 0 times when it is"},
      {"events:\n  - {name: a, start: 2026-01-01T10:00}\n", "neither duration nor end"},
      {"events:\n  - {name: a, start: 2026-01-01T10:00, duration: 0s}\n", "more than zero"},
      {"events:\n  - {name: a, start: 2026-01-01T10:00, end: 2026-01-01T09:00}\n",
       "expected a time after the start"},
      {"events:\n  - {name: a, start: noon, duration: 1h}\n", "start is 'noon'; expected a time"},
      {"events:\n  - {name: a, cron: 0 25 * * *, duration: 1h}\n", "five fields of cron"},
      {"events:\n  - {name: a, date: 2026-01-01, lift: 0}\n", "expected a ratio above 0"},
      {"events:\n  - {name: a, date: 2026-01-01, size: 3}\n", "size is not a known field"},
      {"timeZone: Mars/Olympus\nevents: []\n", "calendar:1: timeZone is 'Mars/Olympus'"},
      {"events: 3\n", "calendar:1: events is '3'; expected a list"},
      {"- a\n", "expected a mapping"},
      {"events: [\n", "expected YAML or iCalendar"},
  };
  for (const auto& [text, message] : wrong)
    EXPECT_THAT(EventsOf(text), ElementsAre(HasSubstr(message))) << text;
}

std::string Ical(const std::string& events, const std::string& head = "") {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n" + head + events +
         "END:VCALENDAR\r\n";
}

std::string Vevent(const std::string& lines) {
  return "BEGIN:VEVENT\r\nUID:1\r\n" + lines + "END:VEVENT\r\n";
}

TEST(IcalCalendar, ReadsTimesInUtcInAZoneAndByTheClock) {
  const std::string events =
      Vevent(
          "SUMMARY:summer sale\r\nCATEGORIES:sale,web\r\nDTSTART;TZID=Europe/Berlin:"
          "20260612T200000\r\nDURATION:PT2H\r\n") +
      Vevent(
          "SUMMARY:launch\\, at last\r\nDTSTART:20260701T100000Z\r\nDTEND:20260701T140000Z\r\n") +
      Vevent("SUMMARY:lunch\r\nDTSTART:20260801T120000\r\nDTEND:20260801T130000\r\n") +
      Vevent("SUMMARY:Christmas\r\nDTSTART;VALUE=DATE:20261225\r\n");
  EXPECT_THAT(EventsOf(Ical(events, "X-WR-TIMEZONE:Europe/Berlin\r\n")),
              ElementsAre("sale: summer sale 2026-06-12T18:00:00Z to 2026-06-12T20:00:00Z",
                          "launch, at last: launch, at last 2026-07-01T10:00:00Z to "
                          "2026-07-01T14:00:00Z",
                          "lunch: lunch 2026-08-01T10:00:00Z to 2026-08-01T11:00:00Z",
                          "Christmas: Christmas 2026-12-24T23:00:00Z to 2026-12-25T23:00:00Z"));
}

TEST(IcalCalendar, UnrollsRepetitionsThroughDaylightSavingWithTheirExceptions) {
  const std::string events = Vevent(
      "SUMMARY:mail\r\nDTSTART;TZID=Europe/Berlin:20260325T090000\r\nDURATION:PT1H\r\n"
      "RRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;TZID=Europe/Berlin:20260408T090000\r\n");
  EXPECT_THAT(EventsOf(Ical(events)),
              ElementsAre("mail: mail 2026-03-25T08:00:00Z to 2026-03-25T09:00:00Z",
                          "mail: mail 2026-04-01T07:00:00Z to 2026-04-01T08:00:00Z",
                          "mail: mail 2026-04-15T07:00:00Z to 2026-04-15T08:00:00Z"));
}

TEST(IcalCalendar, TakesAMovedInstanceWhereItWasMovedTo) {
  const std::string events =
      Vevent(
          "SUMMARY:mail\r\nDTSTART:20260601T090000Z\r\nDURATION:PT1H\r\n"
          "RRULE:FREQ=DAILY;COUNT=2\r\n") +
      Vevent(
          "SUMMARY:mail\r\nRECURRENCE-ID:20260602T090000Z\r\nDTSTART:20260602T150000Z\r\n"
          "DURATION:PT1H\r\n");
  EXPECT_THAT(EventsOf(Ical(events)),
              ElementsAre("mail: mail 2026-06-01T09:00:00Z to 2026-06-01T10:00:00Z",
                          "mail: mail 2026-06-02T15:00:00Z to 2026-06-02T16:00:00Z"));
}

TEST(IcalCalendar, UnrollsAHolidayOfEveryYearAndLeavesOutWhatIsCancelled) {
  const std::string events =
      Vevent("SUMMARY:New Year\r\nDTSTART;VALUE=DATE:19700101\r\nRRULE:FREQ=YEARLY\r\n") +
      Vevent("SUMMARY:party\r\nSTATUS:CANCELLED\r\nDTSTART;VALUE=DATE:20260301\r\n");
  EXPECT_THAT(EventsOf(Ical(events)),
              ElementsAre("New Year: New Year 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z"));
}

TEST(IcalCalendar, NamesTheLineOfTheEventThatIsWrong) {
  const std::string good = Vevent("SUMMARY:a\r\nDTSTART:20260601T090000Z\r\nDURATION:PT1H\r\n");
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"SUMMARY:b\r\n", "calendar:10: DTSTART is absent"},
      {"DTSTART:soon\r\n", "calendar:10: "},
      {"DTSTART;TZID=Mars/Olympus:20260601T090000\r\n", "calendar:10: TZID is 'Mars/Olympus'"},
      {"DTSTART:20260601T090000Z\r\nRRULE:FREQ=SECONDLY\r\n", "by the hour or longer"},
  };
  for (const auto& [lines, message] : wrong)
    EXPECT_THAT(EventsOf(Ical(good + Vevent(lines))), ElementsAre(HasSubstr(message))) << lines;
  EXPECT_THAT(EventsOf(Ical("", "X-WR-TIMEZONE:Mars/Olympus\r\n")),
              ElementsAre(HasSubstr("there is no time zone 'Mars/Olympus'")));
}

TEST(ReadCalendarFile, NamesTheFileThatIsNotThere) {
  EXPECT_THAT(ReadCalendarFile("/nowhere.ics", Year2026()).error().message,
              HasSubstr("/nowhere.ics"));
}

}  // namespace
}  // namespace loadcurve::calendar
