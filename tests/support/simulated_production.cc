#include "tests/support/simulated_production.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "metrics/calibration.h"

namespace loadcurve::testing {
namespace {

// From a fifth of the height, at night, to all of it.
double DayAt(double share_of_day) {
  return 0.6 - 0.4 * std::cos(2 * std::numbers::pi * share_of_day);
}

}  // namespace

std::vector<ReplicaWindow> SimulatedProduction::Windows() const {
  SimulatedService service(shape, replicas, seed);
  service.target_seconds = target_seconds;
  std::mt19937_64 random(seed + 1000);
  std::normal_distribution<double> normal;
  std::vector<ReadyStretch> stretches;
  std::vector<CpuSample> samples;
  double wander = 0;
  for (int i = 0; i < windows; ++i) {
    wander = 0.9 * wander + 0.05 * normal(random);
    const double day = DayAt(static_cast<double>(i) / windows) * std::exp(wander);
    const double rate = most_rate * static_cast<double>(replicas) * std::min(day, 1.0);
    const RampInterval interval = service.Play(rate, service.Mix(), window_seconds);
    double cores = 0;
    bool has_cpu = true;
    bool is_throttled = false;
    for (const ReplicaInterval& replica : interval.replicas) {
      has_cpu = has_cpu && replica.use.cpu_cores.has_value();
      cores += replica.use.cpu_cores.value_or(0);
      is_throttled = is_throttled || replica.use.throttled_share.value_or(0) > 0.05;
    }
    cores *= 1 + cpu_noise * normal(random);
    const Replicas ready(static_cast<std::int64_t>(replicas));
    ReadyStretch stretch;
    stretch.from = interval.from;
    stretch.to = interval.to;
    stretch.ready = ready;
    stretch.is_throttled = is_throttled;
    if (has_cpu) stretch.used = CpuCores(cores);
    stretches.push_back(stretch);
    if (has_cpu)
      samples.push_back({.from = interval.from,
                         .to = interval.to,
                         .used = CpuCores(cores),
                         .is_throttled = is_throttled,
                         .replicas = ready});
  }
  const auto calibration = Calibrate(service.counts(), "replica", samples, {.lag = Duration(0)});
  const RequestWeights weights = calibration.value().weights;
  MeasuredRequests requests{.counts = service.counts()};
  const std::int64_t first = service.counts().WindowOf(stretches.front().from);
  const std::int64_t last = service.counts().WindowOf(stretches.back().to);
  for (std::int64_t w = first; w <= last; ++w) requests.idle_windows.push_back(w);
  WindowOptions options;
  options.workload = "replica";
  options.latency_target = Duration(std::llround(target_seconds * 1e6));
  return ProductionWindowsOf(requests, std::move(stretches), weights, options).windows;
}

}  // namespace loadcurve::testing
