#include "metrics/load_aggregator.h"

#include <algorithm>
#include <map>
#include <utility>

namespace loadcurve {
namespace {

std::string GroupOf(const SeriesKey& series, LoadGrouping grouping) {
  switch (grouping) {
    case LoadGrouping::kAll:
      return "";
    case LoadGrouping::kWorkload:
      return series.workload;
    case LoadGrouping::kRoute:
      return series.route;
  }
  return "";
}

// The end of the last window in which a request ended, and how long the longest ordinary
// request took, to the edge of its bucket.
struct Horizon {
  TimePoint end;
  Duration longest{0};
};

Horizon HorizonOf(const RequestCounts& counts) {
  Horizon horizon{TimePoint::min(), Duration(0)};
  const auto upper = counts.bounds().upper();
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    if (entry.cell.count == 0) return;
    horizon.end = std::max(horizon.end, counts.StartOf(entry.window + 1));
    if (counts.series()[entry.series].request_class == RequestClass::kLongLived) return;
    const Duration mean(static_cast<std::int64_t>(entry.cell.duration_us / entry.cell.count));
    const Duration longest = entry.bucket < upper.size() ? upper[entry.bucket] : mean;
    horizon.longest = std::max(horizon.longest, longest);
  });
  return horizon;
}

// Sums of the window; PerSecond makes rates of them, once, so that nothing is rounded twice.
void AddCell(const SeriesKey& series, const RequestCell& cell, double load, LoadSample& sample) {
  sample.requests += cell.count;
  if (series.request_class == RequestClass::kError) sample.errors += cell.count;
  const BusySlots busy(cell.BusySeconds());
  sample.concurrency += busy;
  if (series.request_class == RequestClass::kLongLived) sample.long_lived += busy;
  sample.load += MetricsQps(load);
}

void PerSecond(double window_seconds, LoadSample& sample) {
  sample.concurrency = sample.concurrency / window_seconds;
  sample.long_lived = sample.long_lived / window_seconds;
  sample.load = sample.load / window_seconds;
}

}  // namespace

Result<std::vector<GroupLoad>> MeasureLoad(const RequestCounts& counts,
                                           const WeightsOfWorkload& weights_of,
                                           LoadGrouping grouping,
                                           std::optional<Duration> longest_request) {
  const Horizon horizon = HorizonOf(counts);
  const Duration longest = longest_request.value_or(horizon.longest);
  const double window_seconds = Seconds(counts.step());

  std::vector<const RequestWeights*> weights;
  std::map<std::string, GroupLoad> groups;
  std::vector<GroupLoad*> group_of;
  for (const SeriesKey& series : counts.series()) {
    weights.push_back(weights_of(series.workload));
    group_of.push_back(nullptr);
    if (weights.back() == nullptr) continue;
    GroupLoad& group = groups[GroupOf(series, grouping)];
    const std::string& version = weights.back()->version();
    if (group.weights_version.empty()) group.weights_version = version;
    if (group.weights_version != version)
      return Fail(ErrorCode::kInvalidArgument,
                  "workload '" + series.workload + "' is weighed with " + version +
                      " and another with " + group.weights_version +
                      "; these are different scales and do not add up: measure by workload");
    group_of.back() = &group;
  }

  for (const RequestCounts::Entry& entry : counts.Sorted()) {
    GroupLoad* group = group_of[entry.series];
    if (group == nullptr) continue;
    const TimePoint start = counts.StartOf(entry.window);
    if (group->samples.empty() || group->samples.back().window_start != start) {
      LoadSample sample;
      sample.window_start = start;
      sample.is_complete = start + counts.step() + longest <= horizon.end;
      group->samples.push_back(sample);
    }
    const SeriesKey& series = counts.series()[entry.series];
    AddCell(series, entry.cell, weights[entry.series]->LoadOf(series, entry.cell),
            group->samples.back());
  }

  std::vector<GroupLoad> loads;
  for (auto& [name, group] : groups) {
    group.name = name;
    for (LoadSample& sample : group.samples) PerSecond(window_seconds, sample);
    loads.push_back(std::move(group));
  }
  return loads;
}

}  // namespace loadcurve
