// Schedules, freezes and the budget of a profile, as people write them.

#include "adapters/profile_codec/policy_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "adapters/profile_codec/profile_codec.h"
#include "adapters/profile_codec/time_zones.h"
#include "base/time_text.h"

namespace loadcurve::profile_codec {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;

// `policy` begins at line 9.
std::string With(const std::string& policy) {
  return R"(apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata:
  name: checkout
spec:
  load:
    weights: {kind: cudgx}
  bounds: {minReplicas: 2, maxReplicas: 40}
)" + policy;
}

ScalingProfileFields Read(const std::string& policy) {
  const auto profiles = ParseProfiles(With(policy), "p.yaml");
  EXPECT_TRUE(profiles) << profiles.error().message;
  return profiles->front().fields();
}

std::vector<std::string> FaultsOf(const std::string& policy) {
  return FindProblems(With(policy), "p.yaml");
}

TEST(ParseProfiles, ReadsSchedules) {
  const auto schedules = Read(R"(  schedules:
    - {name: black-friday, start: "0 7 * * 1-5", timeZone: Europe/Berlin, duration: 12h, minReplicas: 20}
    - {name: sale, from: 2026-11-27T00:00:00Z, until: "2026-11-28T00:00:00+01:00", maxReplicas: 30}
)")
                             .schedules;
  ASSERT_EQ(schedules.size(), 2U);
  EXPECT_EQ(schedules[0].window.name, "black-friday");
  EXPECT_EQ(schedules[0].window.recurrence->start.text(), "0 7 * * 1-5");
  EXPECT_EQ(schedules[0].window.recurrence->zone.name(), "Europe/Berlin");
  EXPECT_EQ(schedules[0].window.recurrence->duration, hours(12));
  EXPECT_EQ(schedules[0].min, Replicas(20));
  EXPECT_EQ(schedules[0].max, std::nullopt);
  EXPECT_FALSE(schedules[1].window.recurrence);
  EXPECT_EQ(schedules[1].window.once.until, ParseTime("2026-11-27T23:00:00Z").value());
  EXPECT_EQ(schedules[1].max, Replicas(30));
  // 07:00 in Berlin in July, which is summer time.
  EXPECT_EQ(SpanAt(schedules[0].window, ParseTime("2026-07-01T06:00:00Z").value())->from,
            ParseTime("2026-07-01T05:00:00Z").value());
}

TEST(ParseProfiles, ReadsFreezesInUtcWhereNoZoneIsNamed) {
  const auto freezes = Read(R"(  freezes:
    - {name: nights, start: 0 22 * * *, duration: 8h}
    - {name: year-end, from: 2026-12-20T00:00:00Z, until: 2027-01-02T00:00:00Z, kind: All}
)")
                           .freezes;
  ASSERT_EQ(freezes.size(), 2U);
  EXPECT_EQ(freezes[0].kind, FreezeKind::kShrink);
  EXPECT_EQ(freezes[0].window.recurrence->zone, ZoneOffsets());
  EXPECT_EQ(freezes[1].kind, FreezeKind::kAll);
}

TEST(ParseProfiles, ReadsABudgetAndThePriceItCountsBy) {
  const auto alone = Read("  objective: {replicaHour: 0.04}\n  budget: {perHour: 12}\n");
  EXPECT_EQ(alone.budget, (SpendingCap{.replica_hour = 0.04, .per_hour = 12}));
  EXPECT_FALSE(alone.objective.prices);
  const auto beside = Read(
      "  budget: {perMonth: 8000, hard: true}\n"
      "  objective: {replicaHour: 0.04, shortageMinute: 2}\n");
  EXPECT_EQ(beside.budget, (SpendingCap{.replica_hour = 0.04, .per_month = 8000, .is_hard = true}));
  EXPECT_EQ(beside.objective.prices->replica_hour, 0.04);
}

TEST(ParseProfiles, WritesWhatItReads) {
  const std::string text = With(R"(  objective: {replicaHour: 0.04}
  schedules:
    - {name: day, start: "0 7 * * mon-fri", timeZone: America/New_York, duration: 90m, minReplicas: 20}
    - {name: sale, from: 2026-11-27T00:00:00Z, until: 2026-11-28T00:00:00Z, minReplicas: 3, maxReplicas: 30}
  freezes:
    - {name: year-end, from: 2026-12-20T00:00:00Z, until: 2027-01-02T00:00:00Z, kind: All}
  budget: {perHour: 12, perMonth: 8000, hard: true}
)");
  const auto profiles = ParseProfiles(text, "p.yaml").value();
  const std::string written = WriteProfiles(profiles);
  EXPECT_THAT(written, HasSubstr("    - name: day\n      start: \"0 7 * * mon-fri\"\n"
                                 "      timeZone: America/New_York\n      duration: 90m\n"));
  const auto again = ParseProfiles(written, "w.yaml");
  ASSERT_TRUE(again) << again.error().message << written;
  EXPECT_EQ(*again, profiles);
}

TEST(ParseProfiles, ReadsTheExampleOfTheManual) {
  std::ifstream file(LOADCURVE_SOURCE_DIR "/docs/configuration.md");
  const std::string manual(std::istreambuf_iterator<char>(file), {});
  const std::size_t end = manual.find("```", manual.find("name: black-friday"));
  const std::size_t begin = manual.rfind("  bounds:", end);
  std::string text = With(manual.substr(begin, end - begin));
  text.erase(text.find("  bounds:"),
             text.find('\n', text.find("  bounds:")) + 1 - text.find("  bounds:"));
  const auto profiles = ParseProfiles(text, "p.yaml");
  ASSERT_TRUE(profiles) << profiles.error().message;
  EXPECT_EQ(profiles->front().fields().schedules.size(), 3U);
  EXPECT_EQ(PaidFor(*profiles->front().fields().budget), Replicas(50));
}

TEST(FindProblems, TellsWhereAScheduleIsWrong) {
  EXPECT_THAT(
      FaultsOf(R"(  schedules:
    - {name: a, start: 0 25 * * *, duration: 12h, minReplicas: 3}
    - {name: b, start: 0 7 * * *, timeZone: Europe/Berln, duration: 12h, minReplicas: 3}
    - {name: c, start: 0 7 * * *, minReplicas: many}
    - {name: d, duration: 1h, minReplicas: 3}
    - {name: e, from: 2026-11-27T00:00:00Z, minReplicas: 3}
    - {name: f, from: 2026-11-27T00:00:00Z, until: soon, timeZone: UTC, minReplicas: 3}
    - {name: g, start: 0 7 * * *, duration: 12h, until: 2026-11-27T00:00:00Z, replicas: 3}
)"),
      ElementsAre(
          "p.yaml:10: spec.schedules[0].start is '0 25 * * *'; expected five fields of cron, as "
          "in 0 7 * * mon-fri: the hour is '25', expected 0 to 23, in ranges, lists and steps, "
          "or *",
          "p.yaml:11: spec.schedules[1].timeZone is 'Europe/Berln'; expected a name in the time "
          "zone database of this machine, as Europe/Berlin",
          "p.yaml:12: spec.schedules[2].duration is absent; expected how long each window is, "
          "as 12h",
          "p.yaml:12: spec.schedules[2].minReplicas is 'many'; expected a whole number >= 0",
          "p.yaml:13: spec.schedules[3].start is absent; expected five fields of cron, as in 0 7 "
          "* * mon-fri, or from and until",
          "p.yaml:13: spec.schedules[3].duration is '1h'; expected it beside start",
          "p.yaml:14: spec.schedules[4].until is absent; expected a time, as in "
          "2026-11-27T00:00:00Z: from and until go together",
          "p.yaml:15: spec.schedules[5].timeZone is 'UTC'; expected it beside start; from and "
          "until need neither",
          "p.yaml:15: spec.schedules[5].until is 'soon'; expected a time, as in "
          "2026-10-10T13:55:36Z",
          "p.yaml:16: spec.schedules[6].until is '2026-11-27T00:00:00Z'; expected either start, "
          "duration and timeZone, or from and until",
          HasSubstr("p.yaml:16: spec.schedules[6].replicas is not a known field; expected one "
                    "of: ")));
}

TEST(FindProblems, TellsWhereWindowsAreOutOfRange) {
  EXPECT_THAT(
      FaultsOf(R"(  schedules:
    - {name: a, start: 0 7 * * *, duration: 12h, minReplicas: 50}
    - {name: a, start: 0 7 * * *, duration: 30s, minReplicas: 3}
  freezes:
    - {name: x, from: 2026-11-27T00:00:00Z, until: 2026-11-26T00:00:00Z}
)"),
      ElementsAre("p.yaml:10: spec.schedules[0].minReplicas is '50'; expected a whole number of "
                  "0 to spec.bounds.maxReplicas, 40",
                  "p.yaml:11: spec.schedules[1].name is 'a'; expected another name than one "
                  "before has",
                  "p.yaml:11: spec.schedules[1].duration is '30s'; expected a duration of 1m to "
                  "31d",
                  "p.yaml:13: spec.freezes[0].until is '2026-11-26T00:00:00Z'; expected a time "
                  "after from, 2026-11-27T00:00:00Z"));
  EXPECT_THAT(FaultsOf("  freezes: [{name: x, start: 0 7 * * *, duration: 1h, kind: Most}]\n"),
              ElementsAre("p.yaml:9: spec.freezes[0].kind is 'Most'; expected Shrink or All"));
}

TEST(FindProblems, TellsWhereABudgetIsWrong) {
  EXPECT_THAT(FaultsOf("  budget: {perHour: 12}\n"),
              ElementsAre("p.yaml:5: spec.objective.replicaHour is absent; expected what a replica "
                          "costs an hour, > 0, by which spec.budget counts"));
  EXPECT_THAT(
      FaultsOf("  objective: {replicaHour: 0.04}\n"),
      ElementsAre(HasSubstr("spec.objective.shortageMinute is absent; expected what a minute "
                            "short of capacity costs, beside replicaHour; or a spec.budget")));
  EXPECT_THAT(
      FaultsOf("  objective: {replicaHour: 0.04}\n  budget: {perHour: 0.05}\n"),
      ElementsAre("p.yaml:10: spec.budget is '0.05 an hour, which pays for 1 replica'; expected "
                  "enough for spec.bounds.minReplicas, 2"));
}

TEST(FindTimeZone, HasTheClocksOfEveryYear) {
  const auto berlin = FindTimeZone("Europe/Berlin").value();
  const auto instant = [&](std::string_view wall) {
    return ToRfc3339(berlin.InstantsOf(WallTime(ParseTime(wall).value().time_since_epoch())).first);
  };
  EXPECT_EQ(instant("1998-06-14T12:00:00Z"), "1998-06-14T10:00:00Z");
  EXPECT_EQ(instant("2026-03-29T02:30:00Z"), "2026-03-29T01:00:00Z");  // shown by no clock
  EXPECT_EQ(instant("2026-10-25T02:30:00Z"), "2026-10-25T00:30:00Z");  // shown twice
  EXPECT_EQ(instant("2036-07-01T12:00:00Z"), "2036-07-01T10:00:00Z");
  EXPECT_EQ(FindTimeZone("UTC").value(), ZoneOffsets());
  EXPECT_EQ(FindTimeZone("Atlantis/Capital").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(FindTimeZone("").error().code, ErrorCode::kNotFound);
}

TEST(FindTimeZone, AgreesThatNewYorkSkipsAnHourInMarch) {
  const auto new_york = FindTimeZone("America/New_York").value();
  const WallTime skipped(ParseTime("2026-03-08T02:30:00Z").value().time_since_epoch());
  EXPECT_FALSE(new_york.InstantsOf(skipped).was_shown);
  EXPECT_EQ(ToRfc3339(new_york.InstantsOf(skipped).first), "2026-03-08T07:00:00Z");
  const WallTime twice(ParseTime("2026-11-01T01:30:00Z").value().time_since_epoch());
  EXPECT_EQ(ToRfc3339(new_york.InstantsOf(twice).first), "2026-11-01T05:30:00Z");
  EXPECT_EQ(ToRfc3339(new_york.InstantsOf(twice).last), "2026-11-01T06:30:00Z");
}

}  // namespace
}  // namespace loadcurve::profile_codec
