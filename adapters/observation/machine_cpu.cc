#include "adapters/observation/machine_cpu.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "adapters/observation/kernel_file.h"

namespace loadcurve::observation {
namespace {

// Takes what stands before the next `end` from `rest`.
std::string_view Take(std::string_view& rest, char end) {
  const std::string_view part = rest.substr(0, rest.find(end));
  rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  return part;
}

bool IsListed(std::string_view list, std::uint64_t cpu) {
  if (list.empty()) return true;
  while (!list.empty()) {
    const std::string_view range = Take(list, ',');
    const auto first = NumberAtStart(range);
    const std::size_t dash = range.find('-');
    const auto last =
        dash == std::string_view::npos ? first : NumberAtStart(range.substr(dash + 1));
    if (first && last && cpu >= *first && cpu <= *last) return true;
  }
  return false;
}

}  // namespace

std::optional<MachineCpu> MachineCpuOf(std::string_view stat, std::string_view list) {
  constexpr std::string_view kCpu = "cpu";
  // user nice system idle iowait irq softirq steal, see proc(5)
  enum Field { kUser, kNice, kSystem, kIdle, kIowait, kIrq, kSoftirq, kSteal, kFields };
  std::optional<MachineCpu> sum;
  const auto ticks_a_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  while (stat.starts_with(kCpu)) {
    std::string_view line = Take(stat, '\n');
    // "cpu " is the sum of all.
    const auto cpu = NumberAtStart(line.substr(kCpu.size()));
    Take(line, ' ');
    if (!cpu || !IsListed(list, *cpu)) continue;
    std::array<double, kFields> seconds{};
    for (double& field : seconds)
      field = static_cast<double>(NumberAtStart(Take(line, ' ')).value_or(0)) / ticks_a_second;
    if (!sum) sum.emplace();
    ++sum->cpus;
    sum->busy_seconds += seconds[kUser] + seconds[kSystem] + seconds[kIrq] + seconds[kSoftirq];
    sum->stolen_seconds += seconds[kSteal];
  }
  return sum;
}

void TakeMachine(const std::string& proc, std::string_view cpus, ReplicaObservation& seen) {
  if (const auto cores = CountOfList(cpus)) seen.machine_cores = static_cast<double>(*cores);
  const auto stat = ReadKernelFile(proc + "/stat");
  const auto machine = stat ? MachineCpuOf(*stat, cpus) : std::nullopt;
  if (!machine) return;
  if (!seen.machine_cores) seen.machine_cores = machine->cpus;
  seen.machine_busy_seconds = machine->busy_seconds + machine->stolen_seconds;
  if (seen.cpu_wait_seconds) *seen.cpu_wait_seconds += machine->stolen_seconds;
}

double CpuWaitOf(const std::string& folder) {
  constexpr double kNano = 1e-9;
  const auto text = ReadKernelFile(folder + "/schedstat");  // ran, waited, how often
  if (!text) return 0;
  std::string_view rest = *text;
  Take(rest, ' ');
  return static_cast<double>(NumberAtStart(rest).value_or(0)) * kNano;
}

}  // namespace loadcurve::observation
