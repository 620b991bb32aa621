#include "metrics/request_timeline.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "metrics/request_weights.h"

namespace loadcurve {
namespace {

constexpr const char* kOtherRoute = "other";

std::string RouteOf(const SeriesKey& series) {
  if (series.request_class == RequestClass::kError) return std::string(kErrorRoute);
  if (series.request_class == RequestClass::kLongLived) return std::string(kLongLivedRoute);
  return series.route;
}

// The routes with the largest shares of held time and of requests.
std::set<std::string> ForemostRoutes(const RequestCounts& counts, const std::string& workload,
                                     std::size_t max_routes) {
  struct Total {
    double count = 0;
    double seconds = 0;
  };
  std::map<std::string, Total> totals;
  Total all;
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    const SeriesKey& series = counts.series()[entry.series];
    if (series.workload != workload || series.request_class != RequestClass::kServed) return;
    Total& total = totals[series.route];
    for (Total* sum : {&total, &all}) {
      sum->count += static_cast<double>(entry.cell.count);
      sum->seconds += static_cast<double>(entry.cell.duration_us) * 1e-6;
    }
  });
  constexpr double kSmallestShare = 0.002;
  std::vector<std::pair<double, std::string>> shares;
  for (const auto& [route, total] : totals) {
    const double share = total.count / std::max(1.0, all.count) +
                         (all.seconds > 0 ? total.seconds / all.seconds : 0);
    if (share >= kSmallestShare) shares.emplace_back(-share, route);
  }
  std::sort(shares.begin(), shares.end());
  if (shares.size() > max_routes) shares.resize(max_routes);
  std::set<std::string> routes;
  for (const auto& [share, route] : shares) routes.insert(route);
  return routes;
}

}  // namespace

RequestTimeline::RequestTimeline(const RequestCounts& counts, const std::string& workload,
                                 std::size_t max_routes)
    : step_(counts.step()) {
  const std::set<std::string> foremost = ForemostRoutes(counts, workload, max_routes);
  std::vector<std::string> route_of_series;
  for (const SeriesKey& series : counts.series()) {
    const bool is_rest =
        series.request_class == RequestClass::kServed && !foremost.contains(series.route);
    route_of_series.push_back(is_rest ? kOtherRoute : RouteOf(series));
  }
  std::map<std::pair<std::string_view, std::uint32_t>, std::vector<Point>> cells;
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    if (counts.series()[entry.series].workload != workload) return;
    const Held held{entry.cell.SharedCount(), entry.cell.BusySeconds()};
    cells[{route_of_series[entry.series], entry.bucket}].push_back({entry.window, held});
    active_.push_back(entry.window);
  });
  std::sort(active_.begin(), active_.end());
  active_.erase(std::unique(active_.begin(), active_.end()), active_.end());
  for (auto& [key, windows] : cells) AddColumn(key.first, std::move(windows));
}

void RequestTimeline::AddColumn(std::string_view route, std::vector<Point> windows) {
  points_.push_back(SumsUntil(std::move(windows)));
  const Held all = points_.back().back().until;
  columns_.push_back({std::string(route), all.requests > 0 ? all.seconds / all.requests : 0});
}

RequestTimeline RequestTimeline::ByRoute() const {
  std::map<std::string_view, std::vector<Point>> cells;
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    std::vector<Point>& windows = cells[columns_[column].route];
    Held before;
    for (const Point& point : points_[column]) {
      windows.push_back(
          {point.window,
           {point.until.requests - before.requests, point.until.seconds - before.seconds}});
      before = point.until;
    }
  }
  RequestTimeline pooled(step_);
  pooled.active_ = active_;
  for (auto& [route, windows] : cells) pooled.AddColumn(route, std::move(windows));
  return pooled;
}

std::vector<RequestTimeline::Point> RequestTimeline::SumsUntil(std::vector<Point> windows) {
  // By all of a point, so that the sums do not depend on the order of the cells.
  std::sort(windows.begin(), windows.end(), [](const Point& a, const Point& b) {
    return std::tie(a.window, a.until.requests, a.until.seconds) <
           std::tie(b.window, b.until.requests, b.until.seconds);
  });
  std::vector<Point> points;
  Held until;
  for (const Point& window : windows) {
    until.requests += window.until.requests;
    until.seconds += window.until.seconds;
    if (points.empty() || points.back().window != window.window)
      points.push_back({window.window, until});
    else
      points.back().until = until;
  }
  return points;
}

TimePoint RequestTimeline::begin() const {
  return TimePoint(active_.front() * step_);
}
TimePoint RequestTimeline::end() const {
  return TimePoint((active_.back() + 1) * step_);
}

RequestTimeline::Held RequestTimeline::HeldUntil(const std::vector<Point>& points,
                                                 TimePoint time) const {
  const std::int64_t us = time.time_since_epoch().count();
  const std::int64_t window = us / step_.count();
  const auto here = std::lower_bound(
      points.begin(), points.end(), window,
      [](const Point& point, std::int64_t wanted) { return point.window < wanted; });
  const Held before = here == points.begin() ? Held{} : std::prev(here)->until;
  if (here == points.end() || here->window != window) return before;
  const double part =
      static_cast<double>(us - window * step_.count()) / static_cast<double>(step_.count());
  return {before.requests + part * (here->until.requests - before.requests),
          before.seconds + part * (here->until.seconds - before.seconds)};
}

RequestTimeline::Held RequestTimeline::HeldIn(std::size_t column, TimePoint from,
                                              TimePoint to) const {
  const Held until_from = HeldUntil(points_[column], from);
  const Held until_to = HeldUntil(points_[column], to);
  return {until_to.requests - until_from.requests, until_to.seconds - until_from.seconds};
}

Duration RequestTimeline::LongestGap(TimePoint from, TimePoint to) const {
  const std::int64_t first = from.time_since_epoch() / step_;
  auto next = std::lower_bound(active_.begin(), active_.end(), first);
  Duration longest{0};
  TimePoint busy_until = from;
  for (; next != active_.end() && TimePoint(*next * step_) < to; ++next) {
    longest = std::max(longest, TimePoint(*next * step_) - busy_until);
    busy_until = TimePoint((*next + 1) * step_);
  }
  return std::max(longest, to - busy_until);
}

}  // namespace loadcurve
