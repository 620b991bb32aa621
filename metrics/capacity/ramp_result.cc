#include "metrics/capacity/ramp_result.h"

#include <algorithm>
#include <cmath>

#include "metrics/capacity/latency_knee.h"
#include "metrics/request_timeline.h"

namespace loadcurve {
namespace {

constexpr std::size_t kMostRoutes = 16;

// All workloads as one without a name: the replicas are one service.
RequestCounts AsOneWorkload(const RequestCounts& counts) {
  RequestCounts merged = RequestCounts::Make(counts.bounds(), counts.step()).value();
  const auto series = counts.series();
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    const SeriesKey& key = series[entry.series];
    merged.AddCell(entry.window, merged.Intern("", key.route, key.request_class), entry.bucket,
                   entry.cell);
  });
  return merged;
}

bool IsOfLog(const RampStep& step) {
  return step.purpose != StepPurpose::kMix;
}

// When what was observed of the replicas during `interval` was: in the mean of them, since one that
// reads what is scraped now and then is behind. The interval itself where they do not tell.
CpuSample SpanOf(const RampInterval& interval) {
  CpuSample sample{.from = interval.from, .to = interval.to, .used = CpuCores(0)};
  Duration from(0);
  Duration to(0);
  for (const ReplicaInterval& replica : interval.replicas) {
    if (replica.use.to <= replica.use.from) return sample;
    from += replica.use.from - interval.from;
    to += replica.use.to - interval.to;
  }
  const auto replicas = static_cast<std::int64_t>(interval.replicas.size());
  if (replicas == 0) return sample;
  sample.from += from / replicas;
  sample.to += to / replicas;
  return sample;
}

// CPU of all replicas together in each interval in which they were carried and not pressed.
std::vector<CpuSample> CpuSamplesOf(const Ramp& ramp) {
  std::vector<CpuSample> samples;
  for (const RampStep& step : ramp.steps()) {
    if (step.verdict != StepVerdict::kGood) continue;
    for (const RampInterval& interval : step.Steady()) {
      double cores = 0;
      bool is_told = interval.is_observed;
      for (const ReplicaInterval& replica : interval.replicas) {
        is_told = is_told && replica.use.cpu_cores.has_value();
        cores += replica.use.cpu_cores.value_or(0);
      }
      if (!is_told) continue;
      CpuSample sample = SpanOf(interval);
      sample.used = CpuCores(cores);
      samples.push_back(std::move(sample));
    }
  }
  return samples;
}

Result<WorkloadCalibration> CalibrateOn(const Ramp& ramp, const RequestCounts& counts,
                                        const ReplicaEvidence& evidence) {
  CalibrationOptions options;
  options.target_share = Ratio(1);
  options.replicas = Replicas(static_cast<std::int64_t>(ramp.options().replicas));
  options.lag = Duration(0);
  options.has_random_requests = true;
  if (const auto ceiling = evidence.pressed.CpuCeiling()) {
    options.cpu_limit = CpuCores(*ceiling);
    options.has_cpu_limit = true;
  }
  if (evidence.pressed.slot_limit) options.slots = BusySlots(*evidence.pressed.slot_limit);
  return Calibrate(counts, "", CpuSamplesOf(ramp), options);
}

// Of all replicas together.
std::optional<RateEstimate> CarriedRate(const Ramp& ramp) {
  if (ramp.carried() <= 0) return std::nullopt;
  const auto broken = ramp.broken();
  if (!broken) return RateEstimate{ramp.carried(), ramp.carried(), ramp.carried()};
  const KneeOptions options{.allowed_late = ramp.options().limits.allowed_late,
                            .carried = ramp.carried(),
                            .broken = *broken};
  return FindLatencyKnee(ramp.steps(), options);
}

CurvePoint PointOf(const RampStep& step, double load_of_request) {
  const auto replicas = static_cast<double>(std::max<std::size_t>(1, step.replica_count()));
  const double answered = step.AnsweredRate() / replicas;
  return {.purpose = step.purpose,
          .verdict = step.verdict,
          .asked_rate = step.rate / replicas,
          .answered_rate = answered,
          .load = MetricsQps(answered * load_of_request),
          .median_seconds = step.MedianLatency(),
          .quantile_seconds = step.QuantileLatency(),
          .late_share = step.Late().value(),
          .error_share = step.ErrorShare(),
          .in_flight = step.MeanInFlight() / replicas,
          .use = step.Use(),
          .intervals = step.Steady().size(),
          .settling = step.intervals.size() - step.Steady().size()};
}

}  // namespace

double LoadOfRequest(const Ramp& ramp, const RequestCounts& counts, const RequestWeights& weights) {
  const RequestTimeline timeline(AsOneWorkload(counts), "", kMostRoutes);
  double load = 0;
  double requests = 0;
  for (const RampStep& step : ramp.steps()) {
    if (step.verdict != StepVerdict::kGood || !IsOfLog(step)) continue;
    for (const RampInterval& interval : step.Steady()) {
      for (std::size_t c = 0; c < timeline.columns().size(); ++c) {
        const std::string& route = timeline.columns()[c].route;
        if (route == kErrorRoute || route == kLongLivedRoute) continue;
        const auto held = timeline.HeldIn(c, interval.from, interval.to);
        if (held.requests <= 0) continue;
        const Duration mean(std::llround(held.seconds / held.requests * 1e6));
        load += held.requests * weights.CostOf({"", route, RequestClass::kServed}, mean);
        requests += held.requests;
      }
    }
  }
  return requests > 0 ? load / requests : 0;
}

std::optional<ReplicaCapacity> RampResult::Capacity() const {
  if (!rate || load_of_request <= 0) return std::nullopt;
  const RateEstimate load = *rate * load_of_request;
  ReplicaCapacity capacity{.load = MetricsQps(load.value),
                           .low = MetricsQps(load.low),
                           .high = MetricsQps(load.high),
                           .weights_version = calibration.weights.version()};
  const double slots = evidence.pressed.slot_limit.value_or(evidence.at_work);
  capacity.binding = BindingOf(verdict.bottleneck);
  if (capacity.binding != BindingResource::kSlots) return capacity;
  if (slots >= 1) {
    capacity.slots = BusySlots(slots);
  } else {
    capacity.binding = BindingResource::kCpu;
  }
  return capacity;
}

Result<RampResult> ResultOf(const Ramp& ramp, const RequestCounts& counts,
                            const ResultQuestion& question) {
  const ReplicaEvidence evidence = EvidenceOf(ramp);
  LC_TRY(WorkloadCalibration calibration, CalibrateOn(ramp, AsOneWorkload(counts), evidence));
  if (question.weights) calibration.weights = *question.weights;
  const auto replicas = static_cast<double>(ramp.options().replicas);
  RampResult result{.end = ramp.end(),
                    .replicas = ramp.options().replicas,
                    .verdict = FindBottleneck(ramp, evidence),
                    .evidence = evidence,
                    .scalability = FitScalability(ramp.steps()),
                    .calibration = std::move(calibration)};
  if (const auto rate = CarriedRate(ramp)) result.rate = *rate * (1 / replicas);
  const bool is_busy = result.verdict.bottleneck == Bottleneck::kBusyMachine;
  result.is_lower_bound = ramp.carried() > 0 && (!ramp.broken() || is_busy);
  result.limits =
      ResourceLimits(ramp, evidence, result.verdict,
                     {Seconds(question.latency_target), ramp.options().limits.allowed_late});
  result.load_of_request = LoadOfRequest(ramp, counts, result.calibration.weights);
  for (const RampStep& step : ramp.steps())
    if (!step.Steady().empty()) result.curve.push_back(PointOf(step, result.load_of_request));
  return result;
}

}  // namespace loadcurve
