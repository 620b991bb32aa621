// How many workloads one history store takes: the time to record a minute of all of them,
// what a day of one takes on disk, and how fast it is read back.
//
// A workload here has 8 routes, and in each minute 600 requests of log-normal durations
// (median 40 ms, a factor of 2.5 to either side), which fill about 50 cells.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "adapters/store/sqlite_history_store.h"

namespace loadcurve {
namespace {

const TimePoint kDay(std::chrono::days(20'000));
constexpr int kRoutes = 8;
constexpr int kRequestsPerMinute = 600;

void CountMinute(RequestCounts& counts, const std::string& workload, TimePoint minute,
                 std::mt19937_64& random) {
  std::lognormal_distribution<double> seconds(std::log(0.04), std::log(2.5));
  std::vector<RequestCounts::SeriesId> series;
  for (int route = 0; route < kRoutes; ++route)
    series.push_back(
        counts.Intern(workload, fmt::format("GET /route/{}", route), RequestClass::kServed));
  for (int i = 0; i < kRequestsPerMinute; ++i) {
    // The first routes get most requests.
    const auto route =
        static_cast<std::size_t>(random() % kRoutes * (random() % kRoutes) / kRoutes);
    const Duration at(static_cast<std::int64_t>(random() % 60'000'000));
    counts.Record(series[route], minute + at,
                  Duration(static_cast<std::int64_t>(seconds(random) * 1e6)));
  }
}

RequestCounts NoCounts() {
  return RequestCounts::Make(DurationBounds::Default(), kHistoryStep).value();
}

// A store in a folder of its own.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "loadcurve-bench-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    store_ = store::SqliteHistoryStore::Open(folder_ / "history.db", true).value();
  }
  ~Scratch() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  store::SqliteHistoryStore& store() { return *store_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<store::SqliteHistoryStore> store_;
};

MeasuredWorkload Minutes(const std::string& workload, TimePoint since, int minutes,
                         std::mt19937_64& random) {
  MeasuredWorkload measured{workload, {NoCounts()}};
  for (int minute = 0; minute < minutes; ++minute)
    CountMinute(measured.measured.counts, workload, since + std::chrono::minutes(minute), random);
  return measured;
}

// One minute of `range(0)` workloads, as `serve` writes it, averaged over those of an hour.
void BM_RecordMinute(benchmark::State& state) {
  Scratch scratch;
  std::mt19937_64 random(1);
  const auto workloads = static_cast<int>(state.range(0));
  std::int64_t minute = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<MeasuredWorkload> measured;
    for (int i = 0; i < workloads; ++i)
      measured.push_back(
          Minutes(fmt::format("workload-{}", i), kDay + std::chrono::minutes(minute), 1, random));
    ++minute;
    state.ResumeTiming();
    if (!scratch.store().Record(measured)) state.SkipWithError("recording failed");
  }
  state.counters["workloads"] = workloads;
  state.counters["per_second"] =
      benchmark::Counter(static_cast<double>(workloads) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate);
}
BENCHMARK(BM_RecordMinute)
    ->Arg(100)
    ->Arg(1000)
    ->Iterations(60)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Reads one workload of 7 days back; counts bytes a workload takes in a day.
void BM_LoadWeek(benchmark::State& state) {
  Scratch scratch;
  std::mt19937_64 random(2);
  for (int hour = 0; hour < 7 * 24; ++hour) {
    const auto measured = Minutes("w", kDay + std::chrono::hours(hour), 60, random);
    if (!scratch.store().Record({measured})) state.SkipWithError("recording failed");
  }
  for (auto _ : state) {
    const auto counts = scratch.store().Load("w", kDay, kDay + std::chrono::days(7));
    if (!counts) state.SkipWithError("load failed");
    benchmark::DoNotOptimize(counts);
  }
  const auto stored = scratch.store().Workloads().value();
  state.counters["bytes_per_day"] = static_cast<double>(stored[0].bytes) / 7;
}
BENCHMARK(BM_LoadWeek)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace loadcurve
