#include "cmd/plan_replay_demand.h"

#include <algorithm>
#include <cmath>

#include "adapters/series/series_file.h"

namespace loadcurve {

Result<std::vector<std::int64_t>> ReplayDemand(const std::string& path, std::int64_t nodes,
                                               std::size_t ticks, Duration gap) {
  if (path.empty()) return std::vector<std::int64_t>(ticks, nodes);
  LC_TRY(const LoadSeries series, series::ReadSeries(path, {}));
  const auto& values = series.values();
  double highest = 0;
  for (const double value : values)
    if (!std::isnan(value)) highest = std::max(highest, value);
  if (!(highest > 0))
    return Fail(ErrorCode::kInvalidArgument,
                "--demand: " + path +
                    " has no value above 0; expected a load of which the highest "
                    "needs --nodes nodes");
  std::vector<std::int64_t> demand;
  double last = 0;
  for (std::size_t tick = 0; tick < ticks; ++tick) {
    const Duration start = gap * static_cast<std::int64_t>(tick);
    double most = -1;
    // From the row that holds the start of the tick to the last one that begins within it.
    for (auto row = start / series.step();
         row == start / series.step() || row * series.step() < start + gap; ++row) {
      const double value = values[static_cast<std::size_t>(row) % values.size()];
      if (!std::isnan(value)) most = std::max(most, value);
    }
    if (most >= 0) last = most;
    const double needed = std::ceil(last / highest * static_cast<double>(nodes) - 1e-9);
    demand.push_back(std::max<std::int64_t>(1, static_cast<std::int64_t>(needed)));
  }
  return demand;
}

}  // namespace loadcurve
