#include "metrics/settled_requests.h"

#include <algorithm>
#include <vector>

namespace loadcurve {

Result<MeasuredRequests> Settled(const MeasuredRequests& measured, TimePoint until) {
  const RequestCounts& counts = measured.counts;
  const Duration step = counts.step();
  const Duration wait =
      step >= kReadAgain ? measured.settling : std::max(measured.settling, kReadAgain);
  const auto is_final = [&](std::int64_t window) {
    const auto part = measured.partial_windows.find(window);
    const bool is_whole = part == measured.partial_windows.end() || part->second >= kEnoughCoverage;
    return is_whole && counts.StartOf(window) + step + wait <= until;
  };
  LC_TRY(RequestCounts kept, RequestCounts::Make(counts.bounds(), step));
  MeasuredRequests settled{std::move(kept)};
  std::vector<RequestCounts::SeriesId> here;
  for (const SeriesKey& key : counts.series())
    here.push_back(settled.counts.Intern(key.workload, key.route, key.request_class));
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    if (is_final(entry.window))
      settled.counts.AddCell(entry.window, here[entry.series], entry.bucket, entry.cell);
  });
  for (const std::int64_t window : measured.idle_windows)
    if (is_final(window)) settled.idle_windows.push_back(window);
  return settled;
}

}  // namespace loadcurve
