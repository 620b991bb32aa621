// Random fault scripts against Decide(): see scaler/twin/fault_run.h for what is checked.
//
//   fault_scripts [COUNT] [FIRST_SEED] [LOADS.csv]
//
// LOADS.csv: a load a minute in its last column, one header line; half of the scripts take a slice
// of it. Exit code 1 where anything was violated.

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "scaler/twin/fault_run.h"

namespace loadcurve::twin {
namespace {

std::vector<double> LoadsOf(const std::string& path) {
  std::vector<double> loads;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::string value = line.substr(line.rfind(',') + 1);
    if (!value.empty()) loads.push_back(std::strtod(value.c_str(), nullptr));
  }
  return loads;
}

void Print(const FaultTally& tally, double seconds) {
  fmt::print("{} scripts, {} decisions in {:.1f} s ({:.1f} us each, on all cores)\n", tally.runs,
             tally.ticks, seconds, 1e6 * seconds / static_cast<double>(tally.ticks));
  fmt::print("{} on bad evidence, {} with a checked size, {} changes\n\n", tally.faulty_ticks,
             tally.checked_ticks, tally.changes);
  fmt::print("{:<12}", "fault");
  for (std::size_t kind = 0; kind < kEvidenceKinds; ++kind)
    fmt::print(" {:>15}", Name(static_cast<EvidenceKind>(kind)));
  fmt::print("\n");
  for (std::size_t fault = 0; fault < kFaults; ++fault) {
    fmt::print("{:<12}", Name(static_cast<Fault>(fault)));
    for (const std::int64_t count : tally.named[fault]) fmt::print(" {:>15}", count);
    fmt::print("\n");
  }
  fmt::print("\n{} violations\n", tally.violations.size());
  for (std::size_t i = 0; i < std::min<std::size_t>(tally.violations.size(), 40); ++i)
    fmt::print("{}\n", tally.violations[i]);
}

int RunAll(std::int64_t count, std::uint64_t first, const std::vector<double>& real) {
  FaultTally all;
  std::mutex mutex;
  const SystemClock clock;
  const Duration began = clock.MonotonicNow();
  tbb::parallel_for(std::int64_t{0}, count, [&](std::int64_t i) {
    const auto script = RandomScript(first + static_cast<std::uint64_t>(i), real);
    auto tally = RunFaults(script);
    if (!tally) {
      FaultTally failed;
      failed.violations.push_back(tally.error().message);
      tally = failed;
    }
    const std::lock_guard lock(mutex);
    all.Add(*tally);
  });
  Print(all, Seconds(clock.MonotonicNow() - began));
  return all.violations.empty() ? 0 : 1;
}

}  // namespace
}  // namespace loadcurve::twin

int main(int argc, char** argv) {
  const std::int64_t count = argc > 1 ? std::strtoll(argv[1], nullptr, 10) : 10'000;
  const std::uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const auto real = argc > 3 ? loadcurve::twin::LoadsOf(argv[3]) : std::vector<double>();
  return loadcurve::twin::RunAll(count, first, real);
}
