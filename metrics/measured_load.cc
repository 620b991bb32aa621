#include "metrics/measured_load.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "metrics/load_aggregator.h"

namespace loadcurve {

Result<std::optional<LoadSeries>> MeasuredLoad(const MeasuredRequests& measured,
                                               const RequestWeights& weights) {
  const RequestCounts& counts = measured.counts;
  LC_TRY(const auto groups, MeasureLoad(
                                counts, [&](const std::string&) { return &weights; },
                                LoadGrouping::kAll, Duration(0)));
  std::map<std::int64_t, double> loads;
  for (const std::int64_t window : measured.idle_windows) loads[window] = 0;
  if (!groups.empty())
    for (const LoadSample& sample : groups.front().samples)
      loads[counts.WindowOf(sample.window_start)] = std::max(0.0, sample.load.value());
  if (loads.empty()) return std::nullopt;
  const std::int64_t first = loads.begin()->first;
  std::vector<double> values(static_cast<std::size_t>(loads.rbegin()->first - first + 1),
                             std::numeric_limits<double>::quiet_NaN());
  for (const auto& [window, load] : loads) values[static_cast<std::size_t>(window - first)] = load;
  LC_TRY(LoadSeries series, LoadSeries::Make(counts.StartOf(first), counts.step(),
                                             std::move(values), weights.version()));
  return std::optional(std::move(series));
}

}  // namespace loadcurve
