#include "metrics/usable_cpu.h"

#include <unordered_set>

namespace loadcurve {
namespace {

using Windows = std::unordered_set<std::int64_t>;

// Windows whose requests are all known, also that there were none.
Windows WholeWindows(const MeasuredRequests& requests) {
  Windows whole(requests.idle_windows.begin(), requests.idle_windows.end());
  requests.counts.ForEach([&](const RequestCounts::Entry& entry) { whole.insert(entry.window); });
  for (const auto& [window, share] : requests.partial_windows) whole.erase(window);
  return whole;
}

bool IsWithin(const CpuSample& sample, const RequestCounts& counts, const Windows& whole) {
  const Duration moment(1);
  for (std::int64_t window = counts.WindowOf(sample.from);
       window <= counts.WindowOf(sample.to - moment); ++window) {
    if (!whole.contains(window)) return false;
  }
  return true;
}

}  // namespace

UsableCpu UsableOf(const std::vector<CpuSample>& samples, const MeasuredRequests& requests) {
  const Windows whole = WholeWindows(requests);
  UsableCpu usable;
  for (const CpuSample& sample : samples) {
    const char* const reason = !sample.ready                               ? "unknown_replicas"
                               : *sample.ready != sample.replicas          ? "replicas"
                               : !IsWithin(sample, requests.counts, whole) ? "unmeasured"
                                                                           : nullptr;
    if (reason == nullptr)
      usable.samples.push_back(sample);
    else
      ++usable.excluded[reason];
  }
  return usable;
}

}  // namespace loadcurve
