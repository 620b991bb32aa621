#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/http/http_transport.h"
#include "adapters/prometheus/query_answer.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve::prometheus {

struct BasicCredentials {
  std::string user;
  std::string password;
};

// Where a server that speaks Prometheus' query API is, and how it is spoken to. mTLS and
// trust are the transport's.
struct QueryOptions {
  // What stands before "/api/v1/query": "http://prometheus:9090",
  // "https://mimir/prometheus", "http://vmselect:8481/select/0/prometheus".
  std::string base_url;
  // Asked before every request, since tokens rotate; at most one of this and `basic`.
  std::function<Result<std::string>()> bearer_token{};
  std::optional<BasicCredentials> basic{};
  http::Headers headers{};  // such as X-Scope-OrgID
  // Sent with every query: {"partial_response", "false"} makes Thanos fail rather than
  // answer in part, {"nocache", "1"} keeps VictoriaMetrics from moving times.
  std::vector<std::pair<std::string, std::string>> parameters{};
  Duration timeout = std::chrono::seconds(30);
  // Points a series that one range query may ask for: Prometheus refuses more than 11,000.
  std::int64_t most_points = 11'000;
};

// Both ends are asked for: start, start + step, ... up to `end`.
struct QueryRange {
  TimePoint start;
  TimePoint end;
  Duration step{};
};

// Asks a server that speaks Prometheus' HTTP query API (Prometheus, Thanos, Mimir,
// VictoriaMetrics): https://prometheus.io/docs/prometheus/latest/querying/api/
// Queries go as POSTed forms, for they outgrow URLs. As thread-safe as the transport and
// the token source are.
//
// All errors name the address and the query; codes as of ParseAnswer and HttpTransport.
class QueryClient {
 public:
  // `transport` outlives the client. A URL that is not http(s), two kinds of credentials,
  // a timeout or a number of points that is not positive are kInvalidArgument.
  [[nodiscard]] static Result<QueryClient> Make(http::HttpTransport& transport,
                                                QueryOptions options);

  // What the expression yields at one time.
  [[nodiscard]] Result<QueryAnswer> At(std::string_view expression, TimePoint time) const;

  // What it yields at each step, asked for in pieces of at most `most_points` a series and
  // put together again; series in order of first appearance. A step of under 1 ms or not of
  // whole milliseconds, or an end before the start, is kInvalidArgument.
  [[nodiscard]] Result<QueryAnswer> Over(std::string_view expression,
                                         const QueryRange& range) const;

  // The samples of a selector as they were taken, with their own times, in (after, until]:
  // what an instant query of a range vector yields. No staleness markers are among them,
  // and no sample is repeated where none was taken, as a range query repeats them for 5 min.
  [[nodiscard]] Result<QueryAnswer> SamplesOf(std::string_view selector, TimePoint after,
                                              TimePoint until) const;

 private:
  using Form = std::vector<std::pair<std::string, std::string>>;

  QueryClient(http::HttpTransport& transport, QueryOptions options);
  [[nodiscard]] Result<QueryAnswer> Ask(std::string_view endpoint, std::string_view expression,
                                        Form form) const;
  [[nodiscard]] Result<http::HttpRequest> RequestFor(std::string_view endpoint,
                                                     const Form& form) const;

  http::HttpTransport* transport_;
  QueryOptions options_;
};

}  // namespace loadcurve::prometheus
