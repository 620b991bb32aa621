#include "adapters/profile_codec/policy_text.h"

#include "adapters/profile_codec/time_zones.h"

namespace loadcurve::profile_codec {
namespace {

constexpr std::string_view kCron = "five fields of cron, as in 0 7 * * mon-fri";

void ReadCount(Fields& fields, const std::string& name, std::optional<Replicas>& value) {
  std::int64_t whole = 0;
  fields.Whole(name, whole, "a whole number >= 0");
  if (fields.Has(name)) value = Replicas(whole);
}

void ReadRecurrence(Fields& fields, std::optional<Recurrence>& recurrence) {
  std::string start;
  fields.Text("start", start);
  auto times = CronTimes::Parse(start);
  if (!times) fields.Refuse("start", std::string(kCron) + ": " + times.error().message);
  std::string name = "UTC";
  fields.Text("timeZone", name);
  auto zone = FindTimeZone(name);
  if (!zone)
    fields.Refuse("timeZone", "a name in the time zone database of this machine, as Europe/Berlin");
  Duration duration{0};
  fields.Require("duration", "how long each window is, as 12h");
  fields.Span("duration", duration);
  if (times && zone) recurrence = Recurrence{*std::move(times), *std::move(zone), duration};
}

void ReadOnce(Fields& fields, TimeSpan& once) {
  constexpr std::string_view kPair =
      "a time, as in 2026-11-27T00:00:00Z: from and until go together";
  fields.Require("from", kPair);
  fields.Time("from", once.from);
  fields.Require("until", kPair);
  fields.Time("until", once.until);
}

// What belongs to the other form; looked at, so that it is no unknown field.
void RefuseForm(Fields& fields, const std::vector<std::string>& names, std::string_view expected) {
  for (const std::string& name : names) {
    if (!fields.Has(name)) continue;
    fields.Refuse(name, expected);
    std::string text;
    fields.Text(name, text);
  }
}

void ReadWindow(Fields& fields, PolicyWindow& window) {
  fields.Require("name", "a DNS label, which reasons name");
  fields.Text("name", window.name);
  if (fields.Has("start")) {
    RefuseForm(fields, {"from", "until"}, "either start, duration and timeZone, or from and until");
    ReadRecurrence(fields, window.recurrence);
  } else if (fields.Has("from") || fields.Has("until")) {
    RefuseForm(fields, {"duration", "timeZone"}, "it beside start; from and until need neither");
    ReadOnce(fields, window.once);
  } else {
    fields.Require("start", std::string(kCron) + ", or from and until");
    RefuseForm(fields, {"duration", "timeZone"}, "it beside start");
  }
}

void ReadFreeze(Fields& fields, Freeze& freeze) {
  ReadWindow(fields, freeze.window);
  std::string kind = "Shrink";
  fields.Text("kind", kind);
  if (kind != "Shrink" && kind != "All") fields.Refuse("kind", "Shrink or All");
  freeze.kind = kind == "All" ? FreezeKind::kAll : FreezeKind::kShrink;
}

}  // namespace

void ReadStatedPolicy(Fields& spec, ScalingProfileFields& profile) {
  spec.Each("schedules", [&](Fields& from) {
    Schedule& schedule = profile.schedules.emplace_back();
    ReadWindow(from, schedule.window);
    ReadCount(from, "minReplicas", schedule.min);
    ReadCount(from, "maxReplicas", schedule.max);
  });
  spec.Each("freezes", [&](Fields& from) { ReadFreeze(from, profile.freezes.emplace_back()); });
  if (spec.Has("budget") && !profile.budget) profile.budget.emplace();
  spec.Object("budget", [&](Fields& from) {
    from.Number("perHour", profile.budget->per_hour);
    from.Number("perMonth", profile.budget->per_month);
    from.Flag("hard", profile.budget->is_hard);
  });
}

}  // namespace loadcurve::profile_codec
