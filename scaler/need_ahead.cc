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

void Raise(NeedAhead& need, Replicas replicas, TimePoint at) {
  if (replicas <= need.replicas) return;
  need.replicas = replicas;
  need.at = at;
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
    const MetricsQps load(forecast.Quantile(ahead, need.level.value()));
    Raise(need, std::min(Needed(fields, load), Allowed(fields, at)), at);
  }
}

}  // namespace

NeedAhead NeedAheadOf(const ScalingProfileFields& fields, const LookAhead& look) {
  NeedAhead need{.at = look.now,
                 .until = look.now + look.boot + fields.startup,
                 .level = Ratio(LevelOf(fields.objective))};
  if (look.measured)
    Raise(need, std::min(Needed(fields, *look.measured), Allowed(fields, look.now)), look.now);
  if (look.forecast != nullptr) Foresee(need, fields, look);
  for (const Schedule& schedule : fields.schedules) {
    if (!schedule.min) continue;
    for (const auto& span :
         {SpanAt(schedule.window, look.now), NextSpan(schedule.window, look.now, need.until)})
      if (span) Raise(need, *schedule.min, std::max(span->from, look.now));
  }
  Raise(need, fields.bounds.min, look.now);
  need.replicas = std::min(need.replicas, fields.bounds.max);
  return need;
}

}  // namespace loadcurve
