#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "metrics/request_counts.h"

namespace loadcurve::logs {

// Adds up the counts of chunks, in the order of the log, without growing over all bounds
// when a log names ever new routes or workloads: only the first of them are told apart,
// the rest is "other". As the order is that of the log, the chunks do not matter.
class BoundedNames {
 public:
  static constexpr std::string_view kOther = "other";
  static constexpr std::size_t kMostWorkloads = 4'096;
  // Over all workloads.
  static constexpr std::size_t kMostRoutes = 65'536;

  explicit BoundedNames(RequestCounts total) : total_(std::move(total)) {}

  // Adds the counts of the lines that follow. Other bounds or steps are kInvalidArgument.
  [[nodiscard]] Result<void> Add(const RequestCounts& next);

  const RequestCounts& total() const { return total_; }

 private:
  RequestCounts::SeriesId SeriesOf(const SeriesKey& key);

  RequestCounts total_;
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> routes_of_;
  std::size_t route_count_ = 0;
};

// `counts` with at most `max_routes` routes of each workload: those with most requests, by
// name where two have as many; the rest is "other". Windows for which `is_kept` is false
// are left out.
[[nodiscard]] Result<RequestCounts> KeepMostFrequent(
    const RequestCounts& counts, std::size_t max_routes,
    const std::function<bool(std::int64_t window)>& is_kept);

}  // namespace loadcurve::logs
