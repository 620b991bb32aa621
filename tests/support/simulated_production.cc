#include "tests/support/simulated_production.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <utility>

namespace loadcurve::testing {
namespace {

// From a fifth of the height, at night, to all of it.
double DayAt(double share_of_day) {
  return 0.6 - 0.4 * std::cos(2 * std::numbers::pi * share_of_day);
}

// A request of a route weighs what it burns, in milliseconds, however long it takes.
RequestWeights WeightsOf(const SimulatedShape& shape) {
  std::vector<WeightCurve> curves;
  double all = 0;
  double share = 0;
  const auto flat = [](std::string route, double weight) {
    const Duration second = std::chrono::seconds(1);
    return WeightCurve{std::move(route),
                       {{Duration(0), weight, weight, weight}, {second, weight, weight, weight}}};
  };
  for (const SimulatedRoute& route : shape.routes) {
    curves.push_back(flat(route.name, route.cpu_ms + route.lock_ms));
    all += route.share * (route.cpu_ms + route.lock_ms);
    share += route.share;
  }
  curves.push_back(flat(std::string(kAnyRoute), all / share));
  return RequestWeights::Fitted(std::move(curves), CpuSeconds(1e-3)).value();
}

}  // namespace

std::vector<ReplicaWindow> SimulatedProduction::Windows() const {
  SimulatedService service(shape, replicas, seed);
  service.target_seconds = target_seconds;
  std::mt19937_64 random(seed + 1000);
  std::normal_distribution<double> normal;
  std::vector<ReadyStretch> stretches;
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
  }
  MeasuredRequests requests{.counts = service.counts()};
  const std::int64_t first = service.counts().WindowOf(stretches.front().from);
  const std::int64_t last = service.counts().WindowOf(stretches.back().to);
  for (std::int64_t w = first; w <= last; ++w) requests.idle_windows.push_back(w);
  WindowOptions asked;
  asked.workload = "replica";
  asked.latency_target = Duration(std::llround(target_seconds * 1e6));
  return ProductionWindowsOf(requests, std::move(stretches), WeightsOf(shape), asked).windows;
}

}  // namespace loadcurve::testing
