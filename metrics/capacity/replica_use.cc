#include "metrics/capacity/replica_use.h"

#include <algorithm>
#include <vector>

namespace loadcurve {
namespace {

template <class Sum>
std::optional<double> RateOf(const std::optional<Sum>& before, const std::optional<Sum>& after,
                             double seconds) {
  if (!before || !after || *after < *before || !(seconds > 0)) return std::nullopt;
  return static_cast<double>(*after - *before) / seconds;
}

template <class Number>
std::optional<double> Real(const std::optional<Number>& value) {
  if (!value) return std::nullopt;
  return static_cast<double>(*value);
}

using Field = std::optional<double> ReplicaUse::*;
constexpr Field kFields[] = {
    &ReplicaUse::cpu_cores,         &ReplicaUse::cpu_limit_cores, &ReplicaUse::machine_cores,
    &ReplicaUse::throttled_share,   &ReplicaUse::memory_bytes,    &ReplicaUse::memory_limit_bytes,
    &ReplicaUse::busy_slots,        &ReplicaUse::slot_limit,      &ReplicaUse::threads,
    &ReplicaUse::switches_a_second, &ReplicaUse::others_cores,    &ReplicaUse::cpu_wait_share};

}  // namespace

std::optional<double> ReplicaUse::CpuCeiling() const {
  if (cpu_limit_cores && machine_cores) return std::min(*cpu_limit_cores, *machine_cores);
  return cpu_limit_cores ? cpu_limit_cores : machine_cores;
}

bool ReplicaUse::IsStarved() const {
  constexpr double kNearlyAll = 0.85;
  constexpr double kIdle = 0.1;
  constexpr double kOthers = 0.1;
  constexpr double kWaiting = 0.25;
  const auto ceiling = CpuCeiling();
  if (!cpu_cores || !ceiling || !machine_cores || !others_cores || !cpu_wait_share) return false;
  const double idle = *machine_cores - *cpu_cores - *others_cores;
  return *cpu_cores < kNearlyAll * *ceiling && idle <= kIdle * *machine_cores &&
         *others_cores >= kOthers * *machine_cores && *cpu_wait_share >= kWaiting * *cpu_cores;
}

ReplicaUse UseBetween(const ReplicaObservation& before, const ReplicaObservation& after) {
  ReplicaUse use{.from = before.at,
                 .to = after.at,
                 .cpu_limit_cores = after.cpu_limit_cores,
                 .machine_cores = after.machine_cores,
                 .memory_bytes = Real(after.memory_bytes),
                 .memory_limit_bytes = Real(after.memory_limit_bytes),
                 .busy_slots = after.busy_slots,
                 .slot_limit = after.slot_limit,
                 .threads = after.threads,
                 .is_alive = after.is_alive,
                 .has_restarted = before.start_id != after.start_id};
  if (use.has_restarted) return use;
  const double seconds = Seconds(after.at - before.at);
  use.cpu_cores = RateOf(before.cpu_seconds, after.cpu_seconds, seconds);
  use.throttled_share = RateOf(before.throttled_seconds, after.throttled_seconds, seconds);
  use.switches_a_second = RateOf(before.voluntary_switches, after.voluntary_switches, seconds);
  use.cpu_wait_share = RateOf(before.cpu_wait_seconds, after.cpu_wait_seconds, seconds);
  const auto all = RateOf(before.machine_busy_seconds, after.machine_busy_seconds, seconds);
  if (all && use.cpu_cores) use.others_cores = std::max(0.0, *all - *use.cpu_cores);
  return use;
}

ReplicaUse MeanUse(const std::vector<ReplicaUse>& uses) {
  ReplicaUse mean;
  for (const Field field : kFields) {
    double sum = 0;
    double count = 0;
    for (const ReplicaUse& use : uses) {
      if (!(use.*field)) continue;
      sum += *(use.*field);
      ++count;
    }
    if (count > 0) mean.*field = sum / count;
  }
  for (const ReplicaUse& use : uses) {
    mean.is_alive = mean.is_alive && use.is_alive;
    mean.has_restarted = mean.has_restarted || use.has_restarted;
  }
  return mean;
}

}  // namespace loadcurve
