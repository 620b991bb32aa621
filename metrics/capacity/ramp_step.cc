#include "metrics/capacity/ramp_step.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace loadcurve {
namespace {

constexpr double kNinetyPercent = 1.645;

// The share s with |value - s| = z sqrt(s (1 - s) / n), on the side of `sign`.
double WilsonEnd(double value, double n, double sign) {
  if (n <= 0) return sign > 0 ? 1 : 0;
  const double z2 = kNinetyPercent * kNinetyPercent;
  const double center = value + z2 / (2 * n);
  const double spread = kNinetyPercent * std::sqrt(value * (1 - value) / n + z2 / (4 * n * n));
  return std::clamp((center + sign * spread) / (1 + z2 / n), 0.0, 1.0);
}

template <class Of>
double Sum(std::span<const RampInterval> intervals, Of of) {
  double sum = 0;
  for (const RampInterval& interval : intervals) {
    for (const ReplicaInterval& replica : interval.replicas)
      sum += static_cast<double>(of(replica));
  }
  return sum;
}

// Each interval counts by its requests.
template <class Of>
double MeanOver(std::span<const RampInterval> intervals, Of of) {
  double sum = 0;
  double requests = 0;
  for (const RampInterval& interval : intervals) {
    for (const ReplicaInterval& replica : interval.replicas) {
      sum += of(interval) * static_cast<double>(replica.ended);
      requests += static_cast<double>(replica.ended);
    }
  }
  return requests > 0 ? sum / requests : 0;
}

// Of one replica, or of all where `replica` is beyond them.
LateShare ShareOf(std::span<const RampInterval> intervals, std::size_t replica) {
  std::vector<std::pair<double, double>> parts;  // late, all
  for (const RampInterval& interval : intervals) {
    double late = 0;
    double all = 0;
    for (std::size_t i = 0; i < interval.replicas.size(); ++i) {
      if (replica < interval.replicas.size() && i != replica) continue;
      late += static_cast<double>(interval.replicas[i].late);
      all += static_cast<double>(interval.replicas[i].ended);
    }
    parts.emplace_back(late, all);
  }
  LateShare share;
  for (const auto& [late, all] : parts) {
    share.late += late;
    share.all += all;
  }
  double overdue = 0;
  if (!intervals.empty()) {
    const auto& last = intervals.back().replicas;
    for (std::size_t i = 0; i < last.size(); ++i)
      if (replica >= last.size() || i == replica) overdue += static_cast<double>(last[i].overdue);
  }
  const double p = share.value();
  double dispersion = 1;
  if (p > 0 && p < 1 && parts.size() > 1) {
    double squares = 0;
    for (const auto& [late, all] : parts)
      if (all > 0) squares += (late - all * p) * (late - all * p) / (all * p * (1 - p));
    dispersion = std::max(1.0, squares / static_cast<double>(parts.size() - 1));
  }
  share.late += overdue;
  share.all += overdue;
  share.worth = share.all / dispersion;
  return share;
}

}  // namespace

std::string_view Name(StepVerdict verdict) {
  constexpr std::string_view kNames[] = {"open", "good", "late", "saturated", "errors", "died"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::string_view Name(StepPurpose purpose) {
  constexpr std::string_view kNames[] = {"grow", "stress", "refine", "confirm", "rest", "mix"};
  return kNames[static_cast<std::size_t>(purpose)];
}

double LateShare::Low() const {
  return WilsonEnd(value(), worth, -1);
}
double LateShare::High() const {
  return WilsonEnd(value(), worth, 1);
}

std::span<const RampInterval> RampStep::Steady() const {
  return std::span(intervals).subspan(std::min(steady_from, intervals.size()));
}

double RampStep::Length() const {
  double seconds = 0;
  for (const RampInterval& interval : Steady()) seconds += interval.Length();
  return seconds;
}

double RampStep::AnsweredRate() const {
  const double seconds = Length();
  const double sum = Sum(Steady(), [](const ReplicaInterval& r) { return r.answered; });
  return seconds > 0 ? sum / seconds : 0;
}

double RampStep::ScheduledRate() const {
  const double seconds = Length();
  const double sum = Sum(Steady(), [](const ReplicaInterval& r) { return r.scheduled; });
  return seconds > 0 ? sum / seconds : 0;
}

double RampStep::MeanLatency() const {
  double seconds = 0;
  double answered = 0;
  for (const RampInterval& interval : Steady()) {
    for (const ReplicaInterval& replica : interval.replicas) {
      seconds += interval.mean_seconds * static_cast<double>(replica.answered);
      answered += static_cast<double>(replica.answered);
    }
  }
  return answered > 0 ? seconds / answered : 0;
}

double RampStep::MedianLatency() const {
  return MeanOver(Steady(), [](const RampInterval& interval) { return interval.median_seconds; });
}

double RampStep::QuantileLatency() const {
  return MeanOver(Steady(), [](const RampInterval& interval) { return interval.quantile_seconds; });
}

double RampStep::MeanInFlight() const {
  double held = 0;
  for (const RampInterval& interval : Steady()) held += interval.mean_in_flight * interval.Length();
  const double seconds = Length();
  return seconds > 0 ? held / seconds : 0;
}

double RampStep::ErrorShare() const {
  const double ended = Sum(Steady(), [](const ReplicaInterval& r) { return r.ended; });
  const double errors = Sum(Steady(), [](const ReplicaInterval& r) { return r.errors; });
  return ended > 0 ? errors / ended : 0;
}

LateShare RampStep::Late() const {
  return ShareOf(Steady(), replica_count());
}
LateShare RampStep::LateOf(std::size_t replica) const {
  return ShareOf(Steady(), replica);
}

std::size_t RampStep::replica_count() const {
  return intervals.empty() ? 0 : intervals.front().replicas.size();
}

ReplicaUse RampStep::Use() const {
  std::vector<ReplicaUse> uses;
  for (const RampInterval& interval : Steady())
    for (const ReplicaInterval& replica : interval.replicas) uses.push_back(replica.use);
  return MeanUse(uses);
}

double RampStep::MemoryShare() const {
  double fullest = 0;
  for (const RampInterval& interval : intervals) {
    for (const ReplicaInterval& replica : interval.replicas) {
      const ReplicaUse& use = replica.use;
      if (use.memory_bytes && use.memory_limit_bytes && *use.memory_limit_bytes > 0)
        fullest = std::max(fullest, *use.memory_bytes / *use.memory_limit_bytes);
    }
  }
  return fullest;
}

}  // namespace loadcurve
