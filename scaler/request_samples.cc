#include "scaler/request_samples.h"

#include <algorithm>
#include <string>

#include "metrics/load_aggregator.h"
#include "metrics/settled_requests.h"

namespace loadcurve {

Result<std::vector<LoadSample>> SamplesOf(const MeasuredRequests& measured,
                                          const RequestWeights& weights, TimePoint until) {
  LC_TRY(const auto groups, MeasureLoad(
                                measured.counts, [&](const std::string&) { return &weights; },
                                LoadGrouping::kAll, Duration(0)));
  std::vector<LoadSample> samples;
  if (!groups.empty()) samples = groups.front().samples;
  for (const std::int64_t window : measured.idle_windows) {
    LoadSample idle;
    idle.window_start = measured.counts.StartOf(window);
    samples.push_back(idle);
  }
  const Duration step = measured.counts.step();
  std::erase_if(samples,
                [&](const LoadSample& sample) { return sample.window_start + step > until; });
  std::ranges::sort(samples, {}, &LoadSample::window_start);
  for (LoadSample& sample : samples) {
    const auto part = measured.partial_windows.find(measured.counts.WindowOf(sample.window_start));
    const bool is_heard = part == measured.partial_windows.end() || part->second >= kEnoughCoverage;
    sample.is_complete = is_heard && sample.window_start + step + measured.settling <= until;
  }
  return samples;
}

}  // namespace loadcurve
