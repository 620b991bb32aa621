#include "scaler/twin/simulation.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "scaler/hpa_value.h"
#include "scaler/twin/cluster.h"
#include "scaler/twin/counting.h"
#include "scaler/twin/hpa_rule.h"
#include "scaler/twin/moments.h"
#include "scaler/twin/oracle.h"

namespace loadcurve::twin {
namespace {

constexpr double kMostBurstiness = 3;

Result<void> CheckNodes(const NodeLimits& nodes) {
  if (nodes.replicas_per_node < 1)
    return Fail(ErrorCode::kInvalidArgument, "a node has room for " +
                                                 std::to_string(nodes.replicas_per_node) +
                                                 " replicas; expected at least 1");
  if (nodes.standing < 1 || nodes.most < nodes.standing)
    return Fail(ErrorCode::kInvalidArgument,
                "of " + std::to_string(nodes.most) + " nodes at most, " +
                    std::to_string(nodes.standing) +
                    " are always there; expected 1 or more, and no more than there may be");
  if (nodes.startup < Duration(0))
    return Fail(ErrorCode::kInvalidArgument, "the start-up of a node must not be negative");
  return {};
}

Result<void> Check(const LoadSeries& series, const TwinOptions& options) {
  const auto refuse = [](const std::string& what) {
    return Fail(ErrorCode::kInvalidArgument, what);
  };
  if (!(options.per_replica.value() > 0) || !std::isfinite(options.per_replica.value()))
    return refuse("the load per replica is " + std::to_string(options.per_replica.value()) +
                  "; expected a number > 0");
  if (!(options.capacity_error >= Ratio(0) && options.capacity_error < Ratio(1)))
    return refuse("the capacity error is " + std::to_string(options.capacity_error.value()) +
                  "; expected a number in [0, 1)");
  if (options.startup.planned() < Duration(0) || options.metric_delay < Duration(0) ||
      options.warm_up < Duration(0))
    return refuse("start-up, metric delay and warm-up must not be negative");
  if (options.arrivals &&
      !(options.arrivals->burstiness >= 0 && options.arrivals->burstiness <= kMostBurstiness))
    return refuse("the burstiness is " + std::to_string(options.arrivals->burstiness) +
                  "; expected a number from 0 to 3");
  if (options.nodes) LC_TRY_VOID(CheckNodes(*options.nodes));
  const Duration length = series.step() * static_cast<std::int64_t>(series.size());
  if (options.bounds.min < Replicas(1) || options.bounds.max < options.bounds.min)
    return refuse("the bounds are " + std::to_string(options.bounds.min.value()) + " and " +
                  std::to_string(options.bounds.max.value()) + "; expected 1 <= min <= max");
  if (options.warm_up + options.metric_delay >= length)
    return refuse("the series is no longer than the warm-up and the metric delay");
  if (series.MissingCount() == series.size()) return refuse("the series has no measured value");
  return {};
}

// The factor of what a replica really carries, from the seed alone.
double CapacityFactor(const TwinOptions& options) {
  std::mt19937_64 random(options.seed);
  const double drawn = static_cast<double>(random() >> 11U) * 0x1.0p-53;  // in [0, 1)
  return 1 + options.capacity_error.value() * (2 * drawn - 1);
}

// Each gap is the last value before it, and what is missing first, the first.
std::vector<double> Filled(std::span<const double> values) {
  std::vector<double> filled(values.begin(), values.end());
  double last =
      *std::find_if(filled.begin(), filled.end(), [](double value) { return !std::isnan(value); });
  for (double& value : filled) {
    if (std::isnan(value)) value = last;
    last = value;
  }
  return filled;
}

// The syncs of an HPA, every 15 s: what was published at one is heard at the next.
class Follower {
 public:
  Follower(TimePoint first, bool is_its_own, const ReplicaBounds& bounds)
      : next_(first), is_its_own_(is_its_own), bounds_(bounds) {}

  void Publish(Replicas wanted) { wanted_ = wanted; }

  // All syncs before `until`.
  void SyncUntil(TimePoint until, Cluster& cluster) {
    for (; next_ < until; next_ += kHpaSync) {
      if (!wanted_) continue;
      if (is_its_own_) {
        cluster.Ask(*wanted_, next_);
        continue;
      }
      const Replicas value = HpaValueFor(cluster.total(), *wanted_, Ratio(kHpaTolerance));
      const Replicas asked = rule_.Sync(static_cast<double>(value.value()), cluster.total(), next_);
      cluster.Ask(std::clamp(asked, bounds_.min, bounds_.max), next_);
    }
  }

 private:
  TimePoint next_;
  bool is_its_own_;
  ReplicaBounds bounds_;
  std::optional<Replicas> wanted_;
  HpaRule rule_;
};

class OraclePolicy final : public Policy {
 public:
  explicit OraclePolicy(std::vector<Replicas> counts) : counts_(std::move(counts)) {}
  Replicas Wanted(const Moment& moment) override { return counts_[moment.step]; }

 private:
  std::vector<Replicas> counts_;
};

}  // namespace

Result<Simulation> Simulation::Make(const LoadSeries& series, const TwinOptions& options) {
  LC_TRY_VOID(Check(series, options));
  Simulation simulation;
  simulation.options_ = options;
  simulation.timing_ = {series.step(), options.startup.planned(), series.start()};
  if (options.actuation == Actuation::kHpa) simulation.timing_.order_delay = kHpaSync;
  simulation.timing_.delay_steps = simulation.timing_.StepsIn(options.metric_delay);
  simulation.warm_up_steps_ = simulation.timing_.StepsIn(options.warm_up);
  const double real = options.per_replica.value() * CapacityFactor(options);
  simulation.loads_ = Filled(series.values());
  for (double& load : simulation.loads_) load /= options.per_replica.value();
  for (const double value : series.values()) simulation.demand_.push_back(value / real);
  if (options.arrivals)
    simulation.rates_ =
        ArrivalRates(*options.arrivals, series.step(), options.seed).Of(series.size());
  return simulation;
}

void Simulation::Replay(Policy& policy, Way way, PolicyRun& run) const {
  run.records.reserve(loads_.size());
  const Replicas initial =
      std::clamp(CountFor(loads_.front()), options_.bounds.min, options_.bounds.max);
  Cluster cluster(initial, {options_.startup, options_.nodes, options_.seed}, timing_.start);
  std::vector<ReadyChange> path;
  if (options_.arrivals) cluster.Trace(path);
  Follower follower(timing_.start, way == Way::kIsHpa, options_.bounds);
  for (std::size_t step = 0; step < loads_.size(); ++step) {
    const TimePoint begin = timing_.start + timing_.step * static_cast<std::int64_t>(step);
    const TimePoint end = begin + timing_.step;
    if (way != Way::kDirect) follower.SyncUntil(begin + Duration(1), cluster);
    if (step > timing_.delay_steps) {
      const Moment moment{std::span(loads_).first(step - timing_.delay_steps), step,
                          cluster.total(), cluster.ready(), cluster.LeastReady()};
      const Replicas wanted =
          std::clamp(policy.Wanted(moment), options_.bounds.min, options_.bounds.max);
      if (way != Way::kDirect)
        follower.Publish(wanted);
      else
        cluster.Ask(wanted, begin);
    }
    cluster.BeginSpan(begin);
    if (way != Way::kDirect) follower.SyncUntil(end, cluster);
    cluster.EndSpan(end);
    run.records.push_back(
        {cluster.LeastReady(), cluster.total(), cluster.PaidSeconds(), cluster.WaitingSeconds()});
  }
  Judge(run, path);
}

void Simulation::Judge(PolicyRun& run, const std::vector<ReadyChange>& path) const {
  const Judged judged{demand_, warm_up_steps_, timing_.step};
  run.measures = Measure(judged, run.records);
  if (!options_.arrivals) {
    run.latency = LatencyOf(judged, run.records, options_.service);
    return;
  }
  const ArrivalRates cut(*options_.arrivals, timing_.step, options_.seed);
  const MomentMeasures within = MeasureMoments(
      judged, {rates_, cut.moments(), cut.moment(), timing_.start}, path, options_.service);
  run.latency = within.latency;
  run.violation_moments_ratio = within.violation_ratio;
}

PolicyRun Simulation::Run(const PolicyFamily& family, std::size_t knob) const {
  PolicyRun run{std::string(family.name()), family.KnobNames()[knob], {}, {}, {}, {}};
  const auto policy = family.Make(knob);
  const Way indirect = family.is_hpa() ? Way::kIsHpa : Way::kHpaFollows;
  Replay(*policy, options_.actuation == Actuation::kDirect ? Way::kDirect : indirect, run);
  return run;
}

PolicyRun Simulation::RunOracle() const {
  PolicyRun run{"oracle", "oracle", {}, {}, {}, {}};
  const Duration node = options_.nodes ? options_.nodes->startup : Duration(0);
  OraclePolicy policy(OracleCounts(demand_, timing_.StepsIn(options_.startup.longest() + node)));
  Replay(policy, Way::kDirect, run);
  return run;
}

}  // namespace loadcurve::twin
