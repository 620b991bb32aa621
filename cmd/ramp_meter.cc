#include "cmd/ramp_meter.h"

#include <algorithm>
#include <utility>

namespace loadcurve {
namespace {

using replay::Failure;
using replay::LoadCounts;

// Failures of the target. What found no connection, or no answer in time, is late, and no error.
std::uint64_t ErrorsOf(const LoadCounts& counts) {
  std::uint64_t errors = counts.ServerErrors();
  for (const Failure failure : {Failure::kRefused, Failure::kUnreachable, Failure::kTls,
                                Failure::kReset, Failure::kStreamReset, Failure::kStreamRefused,
                                Failure::kGoAway, Failure::kCutOff, Failure::kMalformed})
    errors += counts.Of(failure);
  return errors;
}

ReplicaInterval ReplicaOf(const LoadCounts& counts) {
  return {.scheduled = counts.scheduled,
          .answered = counts.answered,
          .ended = counts.Ended(),
          .late = counts.late,
          .errors = ErrorsOf(counts),
          .overdue = counts.overdue};
}

double Mean(const LoadCounts& counts) {
  if (counts.answered == 0) return 0;
  return Seconds(counts.answered_latency) / static_cast<double>(counts.answered);
}

// Later by a tenth of the target, and by more than a busy machine makes it now and then.
bool IsLateItself(const replay::LoadInterval& load, Duration latency_target) {
  constexpr Duration kUsual = std::chrono::milliseconds(20);
  return load.schedule_error.count() > 0 &&
         load.schedule_error.Quantile(0.95) > std::max(kUsual, latency_target / 10);
}

}  // namespace

RampMeter::RampMeter(replay::LoadGenerator& generator,
                     const std::vector<std::unique_ptr<ReplicaObserver>>& observers,
                     MeterOptions options)
    : generator_(generator), observers_(observers), options_(options), before_(observers.size()) {
  for (std::size_t i = 0; i < observers_.size(); ++i)
    if (auto first = observers_[i]->Observe()) before_[i] = *first;
}

RampInterval RampMeter::Take() {
  const replay::LoadInterval load = generator_.TakeInterval();
  const LoadCounts total = load.Total();
  RampInterval interval{.from = load.from,
                        .to = load.to,
                        .mean_seconds = Mean(total),
                        .median_seconds = Seconds(total.latency.Quantile(0.5)),
                        .quantile_seconds = Seconds(total.latency.Quantile(options_.quantile)),
                        .mean_in_flight = load.MeanInFlight(),
                        .is_late_itself = IsLateItself(load, options_.latency_target)};
  for (const LoadCounts& target : load.targets) interval.replicas.push_back(ReplicaOf(target));
  for (const LoadCounts& route : load.routes)
    interval.routes.push_back({route.answered, Seconds(route.answered_latency)});
  interval.is_observed = Observe(interval.replicas);
  Keep(load.counts);
  return interval;
}

bool RampMeter::Observe(std::vector<ReplicaInterval>& replicas) {
  bool are_all_read = true;
  for (std::size_t i = 0; i < observers_.size(); ++i) {
    const auto seen = observers_[i]->Observe();
    are_all_read = are_all_read && seen.has_value();
    if (!seen) continue;
    if (before_[i]) replicas[i].use = UseBetween(*before_[i], *seen);
    before_[i] = *seen;
  }
  for (ReplicaInterval& replica : replicas)
    if (options_.cpu_limit_cores) replica.use.cpu_limit_cores = options_.cpu_limit_cores;
  return are_all_read;
}

void RampMeter::Keep(const RequestCounts& counts) {
  if (!counts_) {
    counts_ = counts;
    return;
  }
  // Of one generator, so of the same bounds and step.
  (void)counts_->Merge(counts);
}

}  // namespace loadcurve
