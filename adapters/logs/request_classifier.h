#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/logs/line_parser.h"
#include "adapters/logs/route_template.h"
#include "adapters/logs/workload_name.h"
#include "base/result.h"
#include "metrics/request_counts.h"

namespace loadcurve::logs {

// Which series a request belongs to.
struct Classification {
  std::string_view workload;  // empty where workloads are not told apart
  std::string_view route;     // empty where routes are not told apart
  RequestClass request_class = RequestClass::kServed;
};

struct ClassifierOptions {
  bool by_route = false;
  bool by_workload = false;
  std::vector<std::string> route_rules = {};  // 'REGEX=NAME' on "METHOD /path", the first wins
  std::vector<std::string> long_lived = {};   // 'REGEX' on the route
  // "host", "upstream" or "cluster", and 'REGEX=NAME' on the name which that gives.
  std::vector<std::string> workload_from = {};
};

// Says of a logged request whose it is, which route class, and what became of it.
//
// Error: HTTP status of 500 and above, or a gRPC status that says the server failed
// (UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE,
// DATA_LOSS), which HTTP delivers as 200. Long-lived: not an error, and an upgrade, HTTP 101
// or a route that a rule names. All else is served.
//
// Not thread-safe; a copy for each thread. Allocates nothing after its first calls.
class RequestClassifier {
 public:
  // A wrong rule is kInvalidArgument, which names the option and the text.
  [[nodiscard]] static Result<RequestClassifier> Make(const ClassifierOptions& options);

  // What the parsers have to fill in.
  WantedFields wanted() const;
  WorkloadSource workload_source() const { return workload_source_; }

  // Views are valid until the next call, and as long as those of the request.
  Classification Classify(const LoggedRequest& request);

 private:
  RequestClassifier() = default;
  std::string_view RouteOf(const LoggedRequest& request);
  bool IsLongLived(const LoggedRequest& request, std::string_view route) const;

  bool by_route_ = false;
  bool by_workload_ = false;
  WorkloadSource workload_source_ = WorkloadSource::kBestKnown;
  std::vector<NamingRule> workload_rules_;
  std::vector<std::shared_ptr<const re2::RE2>> long_lived_;
  RouteTemplate route_template_;
};

// True for a gRPC status (0 to 16) that says the server failed.
bool IsServerFailure(int grpc_status);

// Finds the series of a classification in `counts` without allocating, except for a series
// that is new. `counts` outlives it. Not thread-safe.
class SeriesFinder {
 public:
  explicit SeriesFinder(RequestCounts& counts) : counts_(&counts), slots_(kFirstSlots) {}

  RequestCounts::SeriesId Of(const Classification& classification);

 private:
  // Open addressing, linear probing, at most half full.
  static constexpr std::size_t kFirstSlots = 64;
  struct Slot {
    std::size_t hash = 0;
    RequestCounts::SeriesId series = 0;
    bool is_used = false;
  };

  bool IsSeries(RequestCounts::SeriesId series, const Classification& classification) const;
  void Insert(std::size_t hash, RequestCounts::SeriesId series);

  RequestCounts* counts_;
  std::vector<Slot> slots_;
  std::size_t size_ = 0;
  RequestCounts::SeriesId recent_ = 0;
};

}  // namespace loadcurve::logs
