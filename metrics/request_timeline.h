#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "metrics/request_counts.h"

namespace loadcurve {

// The requests of one workload over time, for sums over any stretch: CPU samples do not end
// on the edges of our windows, and the lag between both is not known beforehand.
class RequestTimeline {
 public:
  // At most `max_routes` routes are told apart, the ones that held the server longest or
  // came most often; the rest is counted as route "other". Errors and long-lived requests
  // of all routes become kErrorRoute and kLongLivedRoute.
  RequestTimeline(const RequestCounts& counts, const std::string& workload, std::size_t max_routes);

  // One (route, duration bucket).
  struct Column {
    std::string route;
    double mean_seconds = 0;
  };
  const std::vector<Column>& columns() const { return columns_; }

  // What was held in a stretch: requests' worth of holding, and busy seconds. Within a
  // window of the counts, holding is taken as even.
  struct Held {
    double requests = 0;
    double seconds = 0;
  };
  Held HeldIn(std::size_t column, TimePoint from, TimePoint to) const;

  // The same with one column a route.
  RequestTimeline ByRoute() const;

  bool IsEmpty() const { return active_.empty(); }
  // From the first to the end of the last window with any request; not when empty.
  TimePoint begin() const;
  TimePoint end() const;

  // The longest stretch within [from, to] without any request.
  Duration LongestGap(TimePoint from, TimePoint to) const;

 private:
  // Sums over all windows before `window`'s end.
  struct Point {
    std::int64_t window = 0;
    Held until;
  };

  explicit RequestTimeline(Duration step) : step_(step) {}

  void AddColumn(std::string_view route, std::vector<Point> windows);

  // Points of single windows, in any order, added up.
  static std::vector<Point> SumsUntil(std::vector<Point> windows);

  Held HeldUntil(const std::vector<Point>& points, TimePoint time) const;

  Duration step_;
  std::vector<Column> columns_;
  std::vector<std::vector<Point>> points_;
  std::vector<std::int64_t> active_;  // windows with any request, rising
};

}  // namespace loadcurve
