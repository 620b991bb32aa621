#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "metrics/load_series.h"
#include "scaler/twin/arrival_rates.h"
#include "scaler/twin/cluster.h"
#include "scaler/twin/measures.h"
#include "scaler/twin/node_pool.h"
#include "scaler/twin/policy.h"
#include "scaler/twin/queue_latency.h"
#include "scaler/twin/startup_times.h"

namespace loadcurve::twin {

// Who changes the count.
enum class Actuation {
  kDirect,  // the policy, at once, at the beginning of a step
  // A HorizontalPodAutoscaler that follows a metric made from what the policy wants, at its next
  // sync and by its own rules; a policy that is an HPA is only heard at its next sync.
  kHpa,
};

struct TwinOptions {
  MetricsQps per_replica;  // what one replica is thought to carry; > 0
  // From an order to the first request, where there is a node; policies plan with its p95.
  StartupTimes startup = StartupTimes(std::chrono::seconds(60));
  std::optional<NodeLimits> nodes{};  // absent: there is always room
  Duration metric_delay{0};           // of a load behind the end of its step; >= 0
  Actuation actuation = Actuation::kDirect;
  // What no policy leaves; 1 <= min <= max.
  ReplicaBounds bounds{Replicas(1), Replicas(1'000'000)};
  // What a replica really carries differs from what is thought by a factor drawn evenly from
  // [1 - e, 1 + e]; in [0, 1).
  Ratio capacity_error{0};
  // What happens within steps is followed, and latency computed from it; absent: each step as a
  // whole.
  std::optional<Arrivals> arrivals{};
  std::uint64_t seed = 1;
  // Simulated, and left out of the measures; shorter than the series.
  Duration warm_up{0};
  Service service{};
};

// One policy at one setting.
struct PolicyRun {
  std::string policy;
  std::string knob;
  std::vector<StepRecord> records;  // one a step
  Measures measures;
  LatencyQuantiles latency;
  // Of the moments within steps, those whose load exceeded what was ready; where they are followed.
  std::optional<double> violation_moments_ratio{};
};

// A cluster that replays one load under any policy. Deterministic: the same series, options and
// policy give the same run.
class Simulation {
 public:
  // kInvalidArgument: options outside their ranges, a series without a measured value, or not
  // longer than the warm-up.
  [[nodiscard]] static Result<Simulation> Make(const LoadSeries& series,
                                               const TwinOptions& options);

  // What families are made for; lends the loads, so the simulation outlives them.
  FamilyInputs inputs() const { return {.loads = loads_, .timing = timing_}; }
  const Timing& timing() const { return timing_; }
  // In replicas as they really are; NaN where missing.
  const std::vector<double>& demand() const { return demand_; }

  PolicyRun Run(const PolicyFamily& family, std::size_t knob) const;
  // The clairvoyant oracle: policy and knob "oracle". It commands directly, and as early as the
  // slowest replica on a node that is to come needs.
  PolicyRun RunOracle() const;

 private:
  Simulation() = default;

  enum class Way { kDirect, kHpaFollows, kIsHpa };
  void Replay(Policy& policy, Way way, PolicyRun& run) const;
  void Judge(PolicyRun& run, const std::vector<ReadyChange>& path) const;

  TwinOptions options_;
  Timing timing_;
  std::vector<double> loads_;
  std::vector<double> demand_;
  std::vector<double> rates_;  // of moments, where they are followed
  std::size_t warm_up_steps_ = 0;
};

}  // namespace loadcurve::twin
