#include "adapters/logs/bounded_names.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace loadcurve::logs {

Result<void> BoundedNames::Add(const RequestCounts& next) {
  if (!(total_.bounds() == next.bounds()) || total_.step() != next.step())
    return Fail(ErrorCode::kInvalidArgument,
                "counts of other duration bounds or another step do not add up");
  std::vector<RequestCounts::SeriesId> ids;
  for (const SeriesKey& key : next.series()) ids.push_back(SeriesOf(key));
  next.ForEach([&](const RequestCounts::Entry& entry) {
    total_.AddCell(entry.window, ids[entry.series], entry.bucket, entry.cell);
  });
  return {};
}

RequestCounts::SeriesId BoundedNames::SeriesOf(const SeriesKey& key) {
  auto workload = routes_of_.find(key.workload);
  if (workload == routes_of_.end()) {
    const bool is_full = routes_of_.size() >= kMostWorkloads;
    workload = routes_of_.try_emplace(is_full ? std::string(kOther) : key.workload).first;
  }
  std::string_view route = key.route;
  if (!workload->second.contains(route)) {
    if (route_count_ >= kMostRoutes && !route.empty()) {
      route = kOther;
    } else {
      workload->second.emplace(route);
      ++route_count_;
    }
  }
  return total_.Intern(workload->first, route, key.request_class);
}

namespace {

// For each series of `counts`, the name of its route among at most `max_routes`.
std::vector<std::string_view> MostFrequentRoutes(const RequestCounts& counts,
                                                 std::size_t max_routes) {
  std::map<std::pair<std::string_view, std::string_view>, std::uint64_t> requests;
  std::vector<std::uint64_t> of_series(counts.series().size());
  counts.ForEach(
      [&](const RequestCounts::Entry& entry) { of_series[entry.series] += entry.cell.count; });
  for (std::size_t i = 0; i < of_series.size(); ++i) {
    const SeriesKey& key = counts.series()[i];
    requests[{key.workload, key.route}] += of_series[i];
  }
  // By workload, then most requests first, then by name.
  using Ranked = std::tuple<std::string_view, std::uint64_t, std::string_view>;
  std::vector<Ranked> ranked;
  for (const auto& [name, count] : requests)
    ranked.emplace_back(name.first, UINT64_MAX - count, name.second);
  std::sort(ranked.begin(), ranked.end());
  std::set<std::pair<std::string_view, std::string_view>> kept;
  std::size_t rank = 0;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    rank = i > 0 && std::get<0>(ranked[i - 1]) == std::get<0>(ranked[i]) ? rank + 1 : 0;
    if (rank < max_routes) kept.emplace(std::get<0>(ranked[i]), std::get<2>(ranked[i]));
  }
  std::vector<std::string_view> routes;
  for (const SeriesKey& key : counts.series()) {
    const bool is_kept = key.route.empty() || kept.contains({key.workload, key.route});
    routes.push_back(is_kept ? std::string_view(key.route) : BoundedNames::kOther);
  }
  return routes;
}

}  // namespace

Result<RequestCounts> KeepMostFrequent(const RequestCounts& counts, std::size_t max_routes,
                                       const std::function<bool(std::int64_t)>& is_kept) {
  LC_TRY(RequestCounts kept, RequestCounts::Make(counts.bounds(), counts.step()));
  const std::vector<std::string_view> routes = MostFrequentRoutes(counts, max_routes);
  std::vector<RequestCounts::SeriesId> ids;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const SeriesKey& key = counts.series()[i];
    ids.push_back(kept.Intern(key.workload, routes[i], key.request_class));
  }
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    if (is_kept(entry.window))
      kept.AddCell(entry.window, ids[entry.series], entry.bucket, entry.cell);
  });
  return kept;
}

}  // namespace loadcurve::logs
