#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/logs/route_template.h"
#include "adapters/replay/request_mapping.h"
#include "adapters/replay/request_set.h"
#include "base/result.h"

namespace loadcurve::replay {

struct RequestSelection {
  // Methods beside GET, HEAD and OPTIONS that are replayed.
  std::set<std::string, std::less<>> allowed_methods;
  std::size_t most_requests = 1'000'000;
  std::shared_ptr<RequestMapping> mapping = nullptr;
};

// A request as a record tells it; views need not outlive the call.
struct RecordedRequest {
  TimePoint ended;
  Duration duration{0};
  std::string_view method;
  std::string_view target;  // a path with query, or a URL
  http::Headers headers{};
  std::string_view body{};
  std::string_view operation{};  // its name where the record has no path
};

// Collects recorded requests and leaves out what is not to be replayed.
class RequestSetBuilder {
 public:
  // `rules` name routes, see logs::RouteTemplate.
  RequestSetBuilder(RequestSelection selection, std::vector<logs::NamingRule> rules);

  // Headers of the connection, Host and Content-Length are dropped; those with line breaks and
  // paths that are not printable ASCII leave the request out.
  void Add(const RecordedRequest& request);
  void LeaveOut(const std::string& reason, std::uint64_t count = 1);
  bool is_full() const { return began_.size() >= selection_.most_requests; }

  // Where all requests ended on whole seconds, as logs of seconds have it, those of a second are
  // spread evenly over it, and a warning says so. Nothing to replay is kInvalidArgument that
  // counts what was left out.
  [[nodiscard]] Result<RequestSet> Finish();

 private:
  struct Began {
    TimePoint ended;
    Duration duration{0};
    std::uint32_t request = 0;
  };
  void AddMapped(const RecordedRequest& request);
  std::string WhyNot(const RecordedRequest& request) const;
  std::uint32_t Intern(ReplayRequest request);
  void SpreadSeconds();

  RequestSelection selection_;
  logs::RouteTemplate route_template_;
  RequestSet set_;
  std::vector<Began> began_;
  std::unordered_map<std::string, std::uint32_t> request_of_;
  std::unordered_map<std::string, std::uint32_t> route_of_;
};

}  // namespace loadcurve::replay
