#include "scaler/policy_audit.h"

#include <cmath>
#include <set>

#include "base/time_text.h"
#include "scaler/reason_words.h"

namespace loadcurve {
namespace {

constexpr std::size_t kMostWindows = 100;
constexpr Duration kShortest = std::chrono::minutes(1);
constexpr Duration kLongest = std::chrono::days(31);

using Faults = std::vector<std::string>;

void Refuse(Faults& faults, const std::string& field, const std::string& found,
            const std::string& expected) {
  faults.push_back(field + " is '" + found + "'; expected " + expected);
}

std::string Text(Replicas replicas) {
  return std::to_string(replicas.value());
}

// `names`: of the windows before it.
void AuditWindow(const PolicyWindow& window, const std::string& field, std::set<std::string>& names,
                 Faults& faults) {
  if (!IsDnsLabel(window.name))
    Refuse(faults, field + ".name", window.name,
           "a DNS label: a-z, 0-9 and '-', at most 63, no '-' at the ends");
  else if (!names.insert(window.name).second)
    Refuse(faults, field + ".name", window.name, "another name than one before has");
  if (!window.recurrence) {
    if (window.once.until <= window.once.from)
      Refuse(faults, field + ".until", ToRfc3339(window.once.until),
             "a time after from, " + ToRfc3339(window.once.from));
    return;
  }
  const Duration duration = window.recurrence->duration;
  if (duration < kShortest || duration > kLongest)
    Refuse(faults, field + ".duration", ToString(duration),
           "a duration of " + ToString(kShortest) + " to " + ToString(kLongest));
}

void AuditSchedule(const Schedule& schedule, const std::string& field, const ReplicaBounds& bounds,
                   Faults& faults) {
  if (!schedule.min && !schedule.max)
    Refuse(faults, field, "without minReplicas and maxReplicas", "at least one of them");
  if (schedule.min && (*schedule.min < Replicas(0) || *schedule.min > bounds.max))
    Refuse(faults, field + ".minReplicas", Text(*schedule.min),
           "a whole number of 0 to spec.bounds.maxReplicas, " + Text(bounds.max));
  if (schedule.max && (*schedule.max < bounds.min || *schedule.max > bounds.max))
    Refuse(faults, field + ".maxReplicas", Text(*schedule.max),
           "a whole number within spec.bounds, " + Text(bounds.min) + " to " + Text(bounds.max));
  if (schedule.min && schedule.max && *schedule.min > *schedule.max)
    Refuse(faults, field + ".minReplicas", Text(*schedule.min),
           "at most maxReplicas, " + Text(*schedule.max));
}

void AuditAmount(const std::optional<double>& amount, const std::string& field, Faults& faults) {
  if (amount && !(std::isfinite(*amount) && *amount > 0))
    Refuse(faults, field, Short(*amount), "an amount > 0");
}

void AuditPrice(const SpendingCap& cap, const Objective& objective, Faults& faults) {
  constexpr const char* kPrice = "what a replica costs an hour, > 0, by which spec.budget counts";
  if (cap.replica_hour == 0)
    faults.push_back(std::string("spec.objective.replicaHour is absent; expected ") + kPrice);
  else if (!(std::isfinite(cap.replica_hour) && cap.replica_hour > 0))
    Refuse(faults, "spec.objective.replicaHour", Short(cap.replica_hour), kPrice);
  else if (objective.prices && objective.prices->replica_hour != cap.replica_hour)
    Refuse(faults, "spec.objective.replicaHour", Short(objective.prices->replica_hour),
           "the price that the budget is counted by, " + Short(cap.replica_hour));
}

void AuditCap(const ScalingProfileFields& fields, Faults& faults) {
  const SpendingCap& cap = *fields.budget;
  if (!cap.per_hour && !cap.per_month)
    Refuse(faults, "spec.budget", "without perHour and perMonth", "at least one of them");
  const std::size_t before = faults.size();
  AuditAmount(cap.per_hour, "spec.budget.perHour", faults);
  AuditAmount(cap.per_month, "spec.budget.perMonth", faults);
  AuditPrice(cap, fields.objective, faults);
  if (faults.size() > before || (!cap.per_hour && !cap.per_month)) return;
  const Replicas paid_for = PaidFor(cap);
  const std::string pays = AmountWords(cap) + ", which pays for " + CountWords(paid_for);
  if (paid_for < fields.bounds.min)
    Refuse(faults, "spec.budget", pays,
           "enough for spec.bounds.minReplicas, " + Text(fields.bounds.min));
  if (!cap.is_hard) return;
  for (std::size_t i = 0; i < fields.schedules.size(); ++i)
    if (fields.schedules[i].min > paid_for)
      Refuse(faults, "spec.schedules[" + std::to_string(i) + "].minReplicas",
             Text(*fields.schedules[i].min),
             "no more than the hard spec.budget pays for, " + Text(paid_for));
}

}  // namespace

std::vector<std::string> FaultsOfPolicy(const ScalingProfileFields& fields) {
  Faults faults;
  const auto expect_few = [&](std::size_t count, const std::string& field) {
    if (count > kMostWindows)
      Refuse(faults, field, std::to_string(count) + " windows",
             "at most " + std::to_string(kMostWindows));
  };
  expect_few(fields.schedules.size(), "spec.schedules");
  expect_few(fields.freezes.size(), "spec.freezes");
  std::set<std::string> names;
  for (std::size_t i = 0; i < fields.schedules.size(); ++i) {
    const std::string field = "spec.schedules[" + std::to_string(i) + "]";
    AuditWindow(fields.schedules[i].window, field, names, faults);
    AuditSchedule(fields.schedules[i], field, fields.bounds, faults);
  }
  names.clear();
  for (std::size_t i = 0; i < fields.freezes.size(); ++i)
    AuditWindow(fields.freezes[i].window, "spec.freezes[" + std::to_string(i) + "]", names, faults);
  if (fields.budget) AuditCap(fields, faults);
  return faults;
}

}  // namespace loadcurve
