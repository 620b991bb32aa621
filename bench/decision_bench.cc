// What a decision takes: the forecast of a week at 15 s steps, the decisions of that week, one
// setting each, and one decision with its words.

#include <benchmark/benchmark.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "scaler/replica_decider.h"
#include "scaler/twin/families.h"
#include "scaler/twin/loadcurve_policy.h"
#include "scaler/twin/simulation.h"

namespace loadcurve::twin {
namespace {

constexpr Duration kStep = std::chrono::seconds(15);
constexpr int kDay = 4 * 1440;

// Days that swing from 8 to 32 replicas, with noise.
LoadSeries Week() {
  std::mt19937_64 random(1);
  std::normal_distribution<double> noise(0, 0.04);
  std::vector<double> loads;
  for (int i = 0; i < 7 * kDay; ++i)
    loads.push_back((20 - 12 * std::cos(2 * std::numbers::pi * i / kDay)) *
                    std::exp(noise(random)));
  return LoadSeries::Make(TimePoint(std::chrono::days(20'000)), kStep, std::move(loads)).value();
}

Simulation World() {
  TwinOptions options{.per_replica = MetricsQps(1)};
  options.actuation = Actuation::kHpa;
  return Simulation::Make(Week(), options).value();
}

FamilyInputs WithBudget(const Simulation& world) {
  FamilyInputs inputs = world.inputs();
  ScalingProfileFields fields = InReplicas(inputs.timing);
  fields.objective.violations = Ratio(0.001);
  inputs.loadcurve = LoadcurveSetting{"budget", ScalingProfile::Make(fields).value()};
  return inputs;
}

void ForecastAWeek(benchmark::State& state) {
  const Simulation world = World();
  for (auto _ : state) benchmark::DoNotOptimize(Loadcurve(WithBudget(world)));
}
BENCHMARK(ForecastAWeek)->Unit(benchmark::kMillisecond);

void DecideAWeek(benchmark::State& state) {
  const Simulation world = World();
  const auto family = Loadcurve(WithBudget(world));
  for (auto _ : state) benchmark::DoNotOptimize(world.Run(*family, 0));
  state.SetItemsProcessed(state.iterations() * 7 * kDay);
}
BENCHMARK(DecideAWeek)->Unit(benchmark::kMillisecond);

void DecideOnceWithWords(benchmark::State& state) {
  const Simulation world = World();
  const FamilyInputs inputs = WithBudget(world);
  const UpcomingLoads upcoming(inputs);
  const std::size_t step = 3 * kDay;
  const LoadOutlook outlook = upcoming.At(step);
  const auto recent = inputs.loads.subspan(step - 40, 40);
  const LoadSeries measured =
      LoadSeries::Make(outlook.issued_at - kStep * 40, kStep, {recent.begin(), recent.end()})
          .value();
  DecisionInputs decision;
  decision.current = Replicas(30);
  decision.now = outlook.issued_at;
  decision.measured = &measured;
  decision.outlook = &outlook;
  decision.shortage_cost = 500;
  for (auto _ : state) benchmark::DoNotOptimize(Decide(decision, inputs.loadcurve->profile));
}
BENCHMARK(DecideOnceWithWords)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace loadcurve::twin
