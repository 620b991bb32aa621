#include "cmd/cpu_samples.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace loadcurve {

Duration CountingStep(const cpu_log::CpuByWorkload& cpu) {
  std::vector<Duration> lengths;
  for (const auto& [workload, samples] : cpu) {
    for (const CpuSample& sample : samples) lengths.push_back(sample.to - sample.from);
  }
  if (lengths.empty()) return std::chrono::seconds(1);
  const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
  std::nth_element(lengths.begin(), middle, lengths.end());
  Duration step = std::chrono::milliseconds(5);
  for (const int milliseconds : {10, 20, 50, 100, 200, 500, 1000}) {
    if (*middle / 60 >= std::chrono::milliseconds(milliseconds))
      step = std::chrono::milliseconds(milliseconds);
  }
  return step;
}

std::set<std::string> WorkloadsOf(const RequestCounts& counts) {
  std::set<std::string> workloads;
  for (const SeriesKey& series : counts.series()) workloads.insert(series.workload);
  return workloads;
}

Result<void> MatchNames(const RequestCounts& counts, cpu_log::CpuByWorkload& cpu,
                        const std::string& cpu_path) {
  const std::set<std::string> workloads = WorkloadsOf(counts);
  for (const std::string& workload : workloads) {
    if (cpu.contains(workload)) return {};
  }
  if (cpu.size() == 1 && workloads.size() == 1) {
    auto only = cpu.extract(cpu.begin());
    only.key() = *workloads.begin();
    cpu.insert(std::move(only));
    return {};
  }
  return Fail(ErrorCode::kInvalidArgument,
              cpu_path + ": no workload of it is in the log: the log has '" + *workloads.begin() +
                  "'" + (workloads.size() > 1 ? " and others" : "") + ", the CPU has " +
                  (cpu.empty() ? std::string("none") : "'" + cpu.begin()->first + "'") +
                  (cpu.size() > 1 ? " and others" : ""));
}

}  // namespace loadcurve
