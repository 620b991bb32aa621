// What a forecast of the next hour takes: six weeks of one load at one-minute steps, looked
// through step by step; fitting anew; one more minute and the next 60; and the memory of it.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "forecaster/hour_ahead.h"

namespace loadcurve {
namespace {

constexpr std::size_t kDay = 1440;
constexpr std::size_t kDays = 42;

// Days that swing from 400 to 1600 requests a minute, with noise.
std::vector<double> SixWeeks() {
  std::mt19937_64 random(1);
  std::normal_distribution<double> noise(0, 0.05);
  std::vector<double> loads;
  for (std::size_t i = 0; i < kDays * kDay; ++i) {
    const double place = 2 * std::numbers::pi * static_cast<double>(i) / kDay;
    loads.push_back(std::round((1000 - 600 * std::cos(place)) * std::exp(noise(random))));
  }
  return loads;
}

HourAhead Learnt(const std::vector<double>& loads) {
  HourAhead model(
      {kDay, 60, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}, HourAhead::OffsetFor(loads)});
  for (const double load : loads) model.Observe(load);
  return model;
}

void LearnSixWeeks(benchmark::State& state) {
  const auto loads = SixWeeks();
  for (auto _ : state) benchmark::DoNotOptimize(Learnt(loads));
}
BENCHMARK(LearnSixWeeks)->Unit(benchmark::kMillisecond);

void Refit(benchmark::State& state) {
  HourAhead model = Learnt(SixWeeks());
  for (auto _ : state) model.Refit();
}
BENCHMARK(Refit)->Unit(benchmark::kMicrosecond);

void ObserveAndPredictAnHour(benchmark::State& state) {
  const auto loads = SixWeeks();
  HourAhead model = Learnt(loads);
  std::size_t next = 0;
  for (auto _ : state) {
    model.Observe(loads[next]);
    next = (next + 1) % loads.size();
    benchmark::DoNotOptimize(model.Paths());
  }
}
BENCHMARK(ObserveAndPredictAnHour)->Unit(benchmark::kMicrosecond);

// What 10,000 series cost each time all are fitted anew and foretold: so many of these.
void RefitAndPredictAnHour(benchmark::State& state) {
  HourAhead model = Learnt(SixWeeks());
  for (auto _ : state) {
    model.Refit();
    benchmark::DoNotOptimize(model.Paths());
  }
}
BENCHMARK(RefitAndPredictAnHour)->Unit(benchmark::kMicrosecond);

void Memory(benchmark::State& state) {
  const auto loads = SixWeeks();
  const auto before = static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd);
  const HourAhead model = Learnt(loads);
  const auto after = static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd);
  for (auto _ : state) benchmark::DoNotOptimize(&model);
  state.counters["bytes"] = after - before;
}
BENCHMARK(Memory)->Iterations(1);

}  // namespace
}  // namespace loadcurve
