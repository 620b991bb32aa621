#include "metrics/capacity/resource_limits.h"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "metrics/capacity/slot_queue.h"
#include "metrics/replica_load.h"

namespace loadcurve {
namespace {

std::string Text(const char* format, double a, double b, double c) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), format, a, b, c);
  return text.data();
}

struct Usage {
  Eigen::VectorXd rate;  // answered a second by one replica
  Eigen::VectorXd used;
};

// An interval of a good step in the mix of the log is a row.
Usage UsageOf(const Ramp& ramp, std::optional<double> ReplicaUse::*resource) {
  std::vector<double> rates;
  std::vector<double> used;
  for (const RampStep& step : ramp.steps()) {
    if (step.verdict != StepVerdict::kGood || step.purpose == StepPurpose::kMix) continue;
    for (const RampInterval& interval : step.Steady()) {
      for (const ReplicaInterval& replica : interval.replicas) {
        if (!(replica.use.*resource)) continue;
        rates.push_back(static_cast<double>(replica.answered) / interval.Length());
        used.push_back(*(replica.use.*resource));
      }
    }
  }
  const auto map = [](const std::vector<double>& values) {
    return Eigen::Map<const Eigen::VectorXd>(values.data(),
                                             static_cast<Eigen::Index>(values.size()));
  };
  return {map(rates), map(used)};
}

// Where the line through the usage meets `budget`.
std::optional<ResourceLimit> LineLimit(const Usage& usage, double budget, Bottleneck resource) {
  constexpr Eigen::Index kFewest = 8;
  if (usage.rate.size() < kFewest || budget <= 0) return std::nullopt;
  const UnitCost cost = LineUnitCost(usage.rate, usage.used, {});
  std::string why;
  const auto load = CpuLoad(cost, CpuCores(budget), why);
  if (!load) return std::nullopt;
  return ResourceLimit{resource,
                       {load->load.value(), load->low.value(), load->high.value()},
                       Text("%.3g without load, %.3g a request a second, %.3g at most", cost.idle,
                            cost.cores, budget)};
}

std::optional<ResourceLimit> CpuLimit(const Ramp& ramp, const ReplicaEvidence& evidence) {
  const auto ceiling = evidence.pressed.CpuCeiling();
  if (!ceiling) return std::nullopt;
  const bool is_limit = evidence.pressed.cpu_limit_cores.has_value();
  return LineLimit(UsageOf(ramp, &ReplicaUse::cpu_cores), *ceiling,
                   is_limit ? Bottleneck::kCpuLimit : Bottleneck::kCpu);
}

std::optional<ResourceLimit> MemoryLimit(const Ramp& ramp, const ReplicaEvidence& evidence) {
  if (!evidence.pressed.memory_limit_bytes) return std::nullopt;
  const Usage usage = UsageOf(ramp, &ReplicaUse::memory_bytes);
  if (usage.rate.size() < 8) return std::nullopt;
  const auto limit = LineLimit({usage.rate, usage.used / 1e6},
                               *evidence.pressed.memory_limit_bytes / 1e6, Bottleneck::kMemory);
  // A line that says a hundred times what was seen says that memory does not grow with load.
  if (!limit || limit->rate.value > 100 * usage.rate.maxCoeff()) return std::nullopt;
  return limit;
}

std::optional<ResourceLimit> SlotLimit(const ReplicaEvidence& e, const BottleneckVerdict& verdict,
                                       const ResourceQuestion& question) {
  const bool has_gauge = e.pressed.slot_limit.has_value();
  if (e.light_seconds <= 0 || (!has_gauge && verdict.bottleneck != Bottleneck::kSlots))
    return std::nullopt;
  const double slots = has_gauge ? *e.pressed.slot_limit : e.at_work;
  if (slots < 1) return std::nullopt;
  const SlotQueue queue{slots, e.light_seconds};
  const double most = slots / e.light_seconds;
  const double in_time = RateWithin(queue, question.target_seconds, question.allowed_late);
  return ResourceLimit{Bottleneck::kSlots,
                       {in_time > 0 ? in_time : most, in_time > 0 ? in_time : most, most},
                       Text(has_gauge ? "%.4g slots, held for %.3g ms a request; %.4g/s with all "
                                        "of them held"
                                      : "about %.3g slots by the plateau, held for %.3g ms a "
                                        "request; %.4g/s with all of them held",
                            slots, e.light_seconds * 1e3, most)};
}

}  // namespace

std::vector<ResourceLimit> ResourceLimits(const Ramp& ramp, const ReplicaEvidence& evidence,
                                          const BottleneckVerdict& verdict,
                                          const ResourceQuestion& question) {
  std::vector<ResourceLimit> limits;
  const auto add = [&](std::optional<ResourceLimit> limit) {
    if (limit) limits.push_back(*std::move(limit));
  };
  add(CpuLimit(ramp, evidence));
  add(SlotLimit(evidence, verdict, question));
  add(MemoryLimit(ramp, evidence));
  const auto scale = FitScalability(ramp.steps());
  if (verdict.bottleneck == Bottleneck::kLock && scale && scale->most_rate)
    limits.push_back({Bottleneck::kLock,
                      {*scale->most_rate, evidence.pressed_rate, *scale->most_rate},
                      Text("the scalability law: sigma %.3g, kappa %.3g, %.4g/s at most",
                           scale->sigma, scale->kappa, *scale->most_rate)});
  for (ResourceLimit& limit : limits) limit.rate.low = std::min(limit.rate.low, limit.rate.value);
  std::stable_sort(limits.begin(), limits.end(),
                   [](const auto& a, const auto& b) { return a.rate.value < b.rate.value; });
  return limits;
}

}  // namespace loadcurve
