// Ramps at simulated services whose limits are known: how often they find them.
//
//   ramp_accuracy [SEEDS] [FIRST_SEED]
//
// The truth is the highest rate that is carried over 1000 simulated seconds of each rate. Then what
// weights of a ramp tell of three routes whose CPU is known, with the mix varied and without.

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "metrics/capacity/ramp_result.h"
#include "tests/support/simulated_service.h"

namespace loadcurve {
namespace {

using testing::SimulatedService;
using testing::SimulatedShape;

struct Case {
  std::string name;
  SimulatedShape shape;
  double target_seconds = 0.1;
  Bottleneck bottleneck = Bottleneck::kCpu;
  std::size_t replicas = 1;
  bool varies_mix = false;
  bool has_capacity = true;  // false: what ends it is no rate
};

std::vector<Case> Cases() {
  const SimulatedShape pool = {
      .routes = {{.name = "a", .cpu_ms = 1, .wait_ms = 50}}, .cores = 2, .slots = 16};
  SimulatedShape pool_with_gauge = pool;
  pool_with_gauge.shows_slots = true;
  return {
      {"exponential, two cores",
       {.routes = {{.name = "a", .cpu_ms = 10}}, .spread = -1, .cores = 2}},
      {.name = "two routes, the mix varied",
       .shape = {.routes = {{.name = "a", .share = 3, .cpu_ms = 2},
                            {.name = "b", .share = 1, .cpu_ms = 12}},
                 .cores = 1},
       .varies_mix = true},
      {"computes and waits", {.routes = {{.name = "a", .cpu_ms = 4, .wait_ms = 30}}}, 0.15},
      {"pool before a slow dependency", pool, 0.2, Bottleneck::kSlots},
      {"the same with a gauge", pool_with_gauge, 0.2, Bottleneck::kSlots},
      {"lock",
       {.routes = {{.name = "a", .cpu_ms = 2, .lock_ms = 4, .wait_ms = 10}}, .cores = 4},
       0.2,
       Bottleneck::kLock},
      {"CPU limit with throttling",
       {.routes = {{.name = "a", .cpu_ms = 4}}, .cores = 4, .cpu_limit = 1},
       0.15,
       Bottleneck::kCpuLimit},
      {"saturated dependency",
       {.routes = {{.name = "a", .cpu_ms = 1, .wait_ms = 40}},
        .cores = 2,
        .slots = 4000,
        .shows_slots = true,
        .dependency_slots = 10},
       0.2,
       Bottleneck::kDependency},
      {.name = "three replicas",
       .shape = {.routes = {{.name = "a", .cpu_ms = 5}}},
       .target_seconds = 0.05,
       .replicas = 3},
      {.name = "memory",
       .shape = {.routes = {{.name = "a", .cpu_ms = 1, .wait_ms = 100}},
                 .cores = 4,
                 .memory_of_request_mb = 8,
                 .memory_limit_mb = 300},
       .target_seconds = 0.5,
       .bottleneck = Bottleneck::kMemory,
       .has_capacity = false},
  };
}

SimulatedShape ThreeRoutes() {
  return {.routes = {{.name = "a", .share = 6, .cpu_ms = 2},
                     {.name = "b", .share = 3, .cpu_ms = 6, .wait_ms = 20},
                     {.name = "c", .share = 1, .cpu_ms = 25}},
          .cores = 1};
}

Result<RampResult> Climbed(const Case& tried, SimulatedService& service) {
  service.target_seconds = tried.target_seconds;
  LC_TRY(Ramp ramp, Ramp::Make({.replicas = tried.replicas,
                                .mix = service.Mix(),
                                .first_rate = 8,
                                .most_rate = 5000,
                                .varies_mix = tried.varies_mix}));
  testing::Climb(ramp, service);
  const Duration target(std::llround(tried.target_seconds * 1e6));
  return ResultOf(ramp, service.counts(), {.latency_target = target});
}

struct Outcome {
  double rate = 0;  // 0: none was found
  bool is_held = false;
  bool is_named = false;
};

Outcome Try(const Case& tried, double truth, std::uint64_t seed) {
  SimulatedService service(tried.shape, tried.replicas, seed);
  const auto result = Climbed(tried, service);
  if (!result) return {};
  Outcome outcome;
  outcome.is_named = result->verdict.bottleneck == tried.bottleneck;
  if (!result->rate) return outcome;
  outcome.rate = result->rate->value;
  outcome.is_held = result->rate->low <= truth && truth <= result->rate->high;
  return outcome;
}

struct WeightsOutcome {
  double worst = 1;  // by which the share of a route in the cost of one request of each is off
  double r2 = 0;
};

// The mean of the bucket in which the median lies, which overload does not stretch.
Duration MedianHeld(const RequestCounts& counts, const std::string& route) {
  std::map<std::uint32_t, RequestCell> buckets;
  std::uint64_t requests = 0;
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    if (counts.series()[entry.series].route != route) return;
    buckets[entry.bucket].Add(entry.cell);
    requests += entry.cell.count;
  });
  std::uint64_t below = 0;
  for (const auto& [bucket, cell] : buckets) {
    below += cell.count;
    if (2 * below >= requests && cell.count > 0)
      return Duration(static_cast<std::int64_t>(cell.duration_us / cell.count));
  }
  return Duration(0);
}

WeightsOutcome TryWeights(bool varies_mix, std::uint64_t seed) {
  const Case tried = {
      .shape = ThreeRoutes(), .target_seconds = 0.3, .replicas = 1, .varies_mix = varies_mix};
  SimulatedService service(tried.shape, 1, seed);
  const auto result = Climbed(tried, service);
  if (!result) return {};
  double cost_sum = 0;
  double cpu_sum = 0;
  std::map<std::string, double> cost;
  for (const auto& route : tried.shape.routes) {
    cost[route.name] = result->calibration.weights.CostOf({"", route.name, RequestClass::kServed},
                                                          MedianHeld(service.counts(), route.name));
    cost_sum += cost[route.name];
    cpu_sum += route.cpu_ms;
  }
  WeightsOutcome outcome{.worst = 0};
  for (const auto& route : tried.shape.routes)
    outcome.worst = std::max(outcome.worst,
                             std::abs(cost[route.name] / cost_sum / (route.cpu_ms / cpu_sum) - 1));
  if (const auto& judged = result->calibration.out_of_sample) outcome.r2 = judged->fitted.r2;
  return outcome;
}

void PrintWeights(bool varies_mix, std::size_t seeds, std::uint64_t first) {
  std::vector<WeightsOutcome> outcomes(seeds);
  tbb::parallel_for(std::size_t{0}, seeds,
                    [&](std::size_t i) { outcomes[i] = TryWeights(varies_mix, first + i); });
  std::vector<double> worst;
  std::vector<double> r2;
  for (const WeightsOutcome& outcome : outcomes) {
    worst.push_back(outcome.worst);
    r2.push_back(outcome.r2);
  }
  std::sort(worst.begin(), worst.end());
  std::sort(r2.begin(), r2.end());
  const auto within = std::upper_bound(worst.begin(), worst.end(), 0.1) - worst.begin();
  fmt::print("{:32}{:>12}{:>12.1f} %{:>12.1f} %{:>12.3f}{:>12.3f}\n",
             varies_mix ? "the mix varied on purpose" : "one mix", within, 100 * worst[seeds / 2],
             100 * worst.back(), r2[seeds / 2], r2.front());
}

int RunAll(std::size_t seeds, std::uint64_t first) {
  fmt::print("{:32}{:>9}{:>12}{:>12}{:>16}{:>12}\n", "service", "truth/s", "within 5 %", "mean off",
             "interval holds", "bottleneck");
  std::size_t ramps = 0;
  std::size_t near = 0;
  std::size_t held = 0;
  std::size_t named = 0;
  std::size_t tried_in_all = 0;
  for (const Case& tried : Cases()) {
    const double truth =
        tried.has_capacity
            ? testing::TrueCapacity(
                  tried.shape, {.target_seconds = tried.target_seconds, .replicas = tried.replicas})
            : 0;
    std::vector<Outcome> outcomes(seeds);
    tbb::parallel_for(std::size_t{0}, seeds,
                      [&](std::size_t i) { outcomes[i] = Try(tried, truth, first + i); });
    std::size_t close = 0;
    std::size_t within = 0;
    std::size_t right = 0;
    double off = 0;
    for (const Outcome& outcome : outcomes) {
      right += outcome.is_named ? 1 : 0;
      if (!tried.has_capacity) continue;
      off += (outcome.rate / truth - 1) / static_cast<double>(seeds);
      close += std::abs(outcome.rate / truth - 1) <= 0.05 ? 1 : 0;
      within += outcome.is_held ? 1 : 0;
    }
    named += right;
    tried_in_all += seeds;
    if (tried.has_capacity) {
      ramps += seeds;
      near += close;
      held += within;
      fmt::print("{:32}{:>9.1f}{:>12}{:>10.1f} %{:>16}{:>12}\n", tried.name, truth, close,
                 100 * off, within, right);
    } else {
      fmt::print("{:32}{:>9}{:>12}{:>12}{:>16}{:>12}\n", tried.name, "", "", "", "", right);
    }
  }
  fmt::print(
      "\ncapacity within 5 %: {} of {}; the 90 % interval holds it: {}; bottleneck: {} of {}\n",
      near, ramps, held, named, tried_in_all);
  fmt::print("\n{:32}{:>12}{:>14}{:>14}{:>12}{:>12}\n", "weights of three routes", "within 10 %",
             "median worst", "worst", "median R2", "least R2");
  PrintWeights(true, seeds, first);
  PrintWeights(false, seeds, first);
  return 0;
}

}  // namespace
}  // namespace loadcurve

int main(int count, char** arguments) {
  const std::size_t seeds = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 20;
  const std::uint64_t first = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1;
  return loadcurve::RunAll(seeds, first);
}
