#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/prometheus/time_series.h"
#include "base/result.h"

namespace loadcurve::prometheus {

// What came back for a query.
struct QueryAnswer {
  std::vector<TimeSeries> series{};  // in the server's order
  // The server's own words on why the answer may not be whole: a store behind Thanos that
  // did not answer, a limit that cut. Never to be taken for "there is nothing".
  std::vector<std::string> warnings{};

  std::size_t PointCount() const;
};

// Reads the body of an answer of the query API, "vector", "matrix" and "scalar" alike:
// https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats
// Times are whole milliseconds there, values are text ("17", "NaN", "+Inf").
//
// kInvalidArgument: the server refused the query (errorType bad_data, or execution: too many
// samples, many-to-many matching), there is no query API at that address, or it redirects.
// kDeadlineExceeded: errorType timeout, or 504. kPermissionDenied: 401, 403.
// kUnavailable: all else, such as 429, 5xx and a body cut off half way, with what came back.
[[nodiscard]] Result<QueryAnswer> ParseAnswer(int http_status, std::string_view body);

}  // namespace loadcurve::prometheus
