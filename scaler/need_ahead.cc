#include "scaler/need_ahead.h"

#include <algorithm>

#include "scaler/outlook_need.h"
#include "scaler/replica_decider.h"
#include "scaler/replica_decision.h"
#include "scaler/replica_target.h"

namespace loadcurve {
namespace {

// A load is finite and >= 0, a capacity > 0.
Replicas Needed(const ScalingProfileFields& fields, MetricsQps load) {
  const auto count = ReplicasFor(load, CarriedByOne(fields), Ratio(1));
  return WithReserve(count.value_or(Replicas(0)), fields.objective.survive);
}

// What schedules and the budget allow at `time`.
Replicas Allowed(const ScalingProfileFields& fields, TimePoint time) {
  std::optional<Replicas> ceiling;
  for (const Schedule& schedule : fields.schedules) {
    if (!schedule.max || !SpanAt(schedule.window, time)) continue;
    ceiling = std::max(*schedule.max, ceiling.value_or(Replicas(0)));
  }
  Replicas most = std::min(fields.bounds.max, ceiling.value_or(fields.bounds.max));
  if (fields.budget) most = std::min(most, PaidFor(*fields.budget));
  return most;
}

void Foresee(NeedAhead& need, const ScalingProfileFields& fields, const LookAhead& look) {
  const Forecast& forecast = *look.forecast;
  if (look.now - forecast.issued_at() > forecast.step() * kForecastSteps) return;
  for (std::size_t ahead = 0; ahead < forecast.horizon(); ++ahead) {
    const TimePoint from = forecast.TimeAt(ahead);
    if (from >= need.until) break;
    if (from + forecast.step() <= look.now) continue;
    need.is_foreseen = true;
    const TimePoint at = std::max(from, look.now);
    const auto needed_at = [&](double level) {
      const MetricsQps load(forecast.Quantile(ahead, level));
      return std::min(Needed(fields, load), Allowed(fields, at));
    };
    for (std::size_t i = 0; i < kNeedLevels.size(); ++i)
      need.quantiles[i] = std::max(need.quantiles[i], needed_at(kNeedLevels[i]));
    const Replicas replicas = needed_at(need.level.value());
    if (replicas <= need.replicas) continue;
    need.replicas = replicas;
    need.at = at;
  }
}

}  // namespace

void NeedAhead::Raise(Replicas least, TimePoint since) {
  for (Replicas& needed : quantiles) needed = std::max(needed, least);
  if (least <= replicas) return;
  replicas = least;
  at = since;
}

NeedAhead NeedAheadOf(const ScalingProfileFields& fields, const LookAhead& look) {
  NeedAhead need{.at = look.now,
                 .until = look.now + look.boot + fields.startup,
                 .level = Ratio(LevelOf(fields.objective))};
  if (look.measured)
    need.Raise(std::min(Needed(fields, *look.measured), Allowed(fields, look.now)), look.now);
  if (look.forecast != nullptr) Foresee(need, fields, look);
  for (const Schedule& schedule : fields.schedules) {
    if (!schedule.min) continue;
    for (const auto& span :
         {SpanAt(schedule.window, look.now), NextSpan(schedule.window, look.now, need.until)})
      if (span) need.Raise(*schedule.min, std::max(span->from, look.now));
  }
  need.Raise(fields.bounds.min, look.now);
  need.replicas = std::min(need.replicas, fields.bounds.max);
  for (Replicas& replicas : need.quantiles) replicas = std::min(replicas, fields.bounds.max);
  return need;
}

}  // namespace loadcurve
