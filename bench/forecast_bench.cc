// What a forecast of the next hour takes: six weeks of one load at one-minute steps, looked
// through step by step; fitting anew; one more minute and the next 60; and the memory of it. Then
// ten thousand of them, all in memory at once (7 GB).

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

#include "forecaster/hour_ahead.h"

namespace loadcurve {
namespace {

constexpr std::size_t kDay = 1440;
constexpr std::size_t kDays = 42;

// Days that swing from 400 to 1600 requests a minute, with noise.
std::vector<double> SixWeeks(std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
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

// 10,000 series, on two threads: each learns a minute, is fitted anew and foretells the next 60.
// Ten are looked through from nothing, the others are copies that each go on with loads of their
// own.
void RefitAndPredictTenThousand(benchmark::State& state) {
  constexpr std::size_t kSeries = 10'000;
  constexpr std::size_t kLearnt = 10;
  std::vector<HourAhead> models;
  models.reserve(kSeries);
  for (std::uint64_t seed = 0; seed < kLearnt; ++seed) models.push_back(Learnt(SixWeeks(seed)));
  for (std::size_t i = kLearnt; i < kSeries; ++i) models.push_back(models[i % kLearnt]);
  tbb::task_arena arena(2);
  double minute = 0;
  for (auto _ : state) {
    ++minute;
    arena.execute([&] {
      tbb::parallel_for(std::size_t{0}, kSeries, [&](std::size_t i) {
        models[i].Observe(400 + std::round(static_cast<double>(i) / 100 + minute));
        models[i].Refit();
        benchmark::DoNotOptimize(models[i].Paths());
      });
    });
  }
  state.counters["bytes"] = static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd);
}
BENCHMARK(RefitAndPredictTenThousand)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(5);

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
